"""What a user asks for: which stack, trained how, on what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from cnnviz.errors import UsageError
from cnnviz.stack.spec import TrainingSpec
from cnnviz.training.optimizers import OPTIMIZERS, Momentum, Optimizer
from cnnviz.workflows.request import StackRequest

SETTINGS = TrainingSpec.__struct_fields__
"""What may stand in a stack's `training`."""


class TrainRequest(msgspec.Struct, frozen=True):
    """Which stack, trained how, on what.

    Attributes:
        stack: The stack, with the weights to begin with; its `dtype` does not count, the recipe's does.
        data: The examples: a folder or file that `read_dataset` reads.
        output: The weights file to write.
        settings: Fields of `TrainingSpec` that win over the stack's.
        validation_data: Examples to validate with.
        test_data: Examples to test on at the end; None for the test part of `data` if the recipe has a `test_range`.
        resume: Go on from the checkpoint beside `output`.
        history: A JSON file to write the history to.
        curves: A picture to draw the history in.
    """

    stack: StackRequest
    data: Path
    output: Path
    settings: Mapping[str, Any] = {}
    validation_data: Path | None = None
    test_data: Path | None = None
    resume: bool = False
    history: Path | None = None
    curves: Path | None = None


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
