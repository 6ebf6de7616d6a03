"""How a stack is trained: what it says itself, and what wins over that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from cnnviz.errors import UsageError
from cnnviz.stack.spec import TrainingSpec
from cnnviz.training.optimizers import OPTIMIZERS, Momentum, Optimizer

SETTINGS = TrainingSpec.__struct_fields__
"""What may stand in a stack's `training`."""


def override_recipe(spec: TrainingSpec, settings: Mapping[str, Any]) -> TrainingSpec:
    """Return the recipe that counts.

    Args:
        spec: The stack's.
        settings: What wins over it.

    Raises:
        UsageError: If they do not go together.
    """
    if settings.get("optimizer", spec.optimizer) != spec.optimizer:
        # The stack's numbers are for the stack's optimizer.
        spec = replace(spec, learning_rate=None, momentum=None)
    recipe = replace(spec, **settings)
    if recipe.momentum is not None and recipe.optimizer != "momentum":
        raise UsageError(f"--momentum is for --optimizer momentum; this is {recipe.optimizer}")
    return recipe


def make_optimizer(recipe: TrainingSpec) -> Optimizer:
    """Make the recipe's optimizer; what the recipe leaves open is the optimizer's own."""
    kind = OPTIMIZERS[recipe.optimizer]
    given = {"learning_rate": recipe.learning_rate, "momentum": recipe.momentum if kind is Momentum else None}
    return kind(**{name: value for name, value in given.items() if value is not None})
