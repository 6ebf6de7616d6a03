"""What the test file of each kind, `tests/layers/test_<kind>.py`, tells the tests that all kinds pass.

EXAMPLES (compulsory): Pairs of constructor arguments, as YAML has them, and the shape of each input: a vector's, or an
    image's that is no larger than `examples.IMAGE`.
ARGUMENTS (compulsory): Hypothesis strategies by the name of the argument, for layers drawn at random.
INPUTS: A strategy of the inputs' shapes; without it, any shape is drawn, and for a merge shapes that can be stretched
    to one another. What the layer refuses is drawn again.
WEIGHTS: The range of values, by the weight's name, for a weight that cannot be any number from -1 to 1.
IN_TRAINING: `"random"` for a kind that draws numbers in training, `"batch"` for one that looks at the whole batch.
STEEP: True for a kind that makes rounding errors as large as may be, as a division by what is next to zero: it is left
    out of stacks drawn at random, and of finite differences at any place, which its own tests are to hold.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from hypothesis.strategies import SearchStrategy

from cnnviz.layers import all_kinds, snake_case

Example = tuple[Mapping[str, Any], Sequence[tuple[int, ...]]]

FOLDER = Path(__file__).parents[1] / "layers"


def examples_of(kind: str) -> Sequence[Example]:
    """Return a kind's examples; none where they are missing, which a law tells."""
    return getattr(_module(kind), "EXAMPLES", ())


def arguments_of(kind: str) -> Mapping[str, SearchStrategy[Any]]:
    """Return what may be drawn for a kind's arguments."""
    return needed(kind, "ARGUMENTS")


def inputs_of(kind: str) -> SearchStrategy[Sequence[tuple[int, ...]]] | None:
    """Return what may be drawn for the shapes of a kind's inputs, if the kind says so."""
    return getattr(_module(kind), "INPUTS", None)


def range_of(kind: str, weight: str) -> tuple[float, float]:
    """Return the least and the largest value that tests put into a weight."""
    return getattr(_module(kind), "WEIGHTS", {}).get(weight, (-1, 1))


def in_training(kind: str) -> str | None:
    """Return why a kind's output in training is not that of inference: `random`, `batch` or None."""
    return getattr(_module(kind), "IN_TRAINING", None)


def is_steep(kind: str) -> bool:
    """Return whether a kind makes rounding errors as large as may be."""
    return getattr(_module(kind), "STEEP", False)


def keras_kinds() -> list[str]:
    """Return the kinds that Keras has."""
    return [name for name, kind in sorted(all_kinds().items()) if kind.in_keras]


def needed(kind: str, name: str) -> Any:
    """Return what a kind's test file must say; fails with what to write where."""
    module, file = _module(kind), f"tests/layers/{_name(kind)}.py"
    assert module is not None, f"{kind} has no test file: write {file}, with EXAMPLES and ARGUMENTS"
    assert hasattr(module, name), f"{file} has no {name}: tests/helpers/kinds.py says what it is"
    return getattr(module, name)


@functools.cache
def _module(kind: str) -> ModuleType | None:
    """Import a kind's test file; None if there is none."""
    return importlib.import_module(f"tests.layers.{_name(kind)}") if (FOLDER / f"{_name(kind)}.py").exists() else None


def _name(kind: str) -> str:
    return f"test_{snake_case(kind)}"
