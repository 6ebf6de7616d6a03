"""What a model file says, in the terms of a stack: what every reader of model files gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnviz.errors import ModelError
from cnnviz.layers.base import Array

SILENT = (
    "the file does not say how pixels become numbers: from 0 to 1 is assumed; set input.scale, mean and std to what "
    "the model was trained with"
)
"""The remark on a file that does not."""


class ImportOptions(NamedTuple):
    """What a user says of a model file.

    Attributes:
        height: Rows of the picture that enters, for a model that takes pictures of any size; None for the model's own.
        width: Its columns.
        until: Name of the tensor (Keras: layer) of the model file that ends the stack, or of the layer here that it
            becomes; empty for the model's own end.
        set_inputs: Values of inputs other than the picture, by the input's name in the file: a number or an array.
        name: The stack's name; empty for one made of the file's name.
    """

    height: int | None = None
    width: int | None = None
    until: str = ""
    set_inputs: Mapping[str, Array | float] = {}
    name: str = ""


class ImportedModel(NamedTuple):
    """A model as a stack.

    Attributes:
        document: The stack in its YAML form, plain data: `name`, `input` (`size`, `color`, `scale`, `mean`, `std` as
            far as the file says them), `classes` if the file says them, `layers`. What enters the first layer is what
            the model takes: a model's own rescaling stays a layer.
        weights: The weights by layer and by Keras's name of the weight, float32, in Keras's shapes.
        sources: By layer, the name of the tensor (Keras: layer) of the model file that the layer's output is.
        comments: By layer, one clause for each where something could not be said exactly.
        remarks: What a user should know of the whole, each a clause.
        channels: How many channels enter; None where nobody knows.
    """

    document: dict[str, Any]
    weights: dict[str, dict[str, Array]]
    sources: dict[str, str]
    comments: dict[str, str]
    remarks: list[str]
    channels: int | None = None


Reader = Callable[[Path, ImportOptions], ImportedModel]
"""Reads a model file.

Raises:
    ModelError: If the file is no such model, is damaged, or needs what cnnviz lacks: all of it at once, each with
        its name and place.
"""

Reference = Callable[[Path, ImportOptions, ImportedModel, Array], Iterator[tuple[str, Array]]]
"""Runs a model file with the framework that made it, as far as that is installed.

Args:
    path: The model file.
    options: What `import_model` was given.
    model: What it gave.
    entering: What enters the first layer, `(H, W, C)`, after `input`'s scale, mean and std.

Yields:
    A layer's name in the stack, and the tensor of the framework that its output should equal, brought to `(H, W, C)` or
    `(units,)`: every tensor that both have, in the order of the stack.

Raises:
    UsageError: If the framework is not installed.
"""


def plain(value: Any) -> Any:
    """Write a value as YAML can: plain numbers, texts and lists."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def stack_name(wanted: str) -> str:
    """Make a stack's name of any text."""
    return re.sub(r"[^\w .-]", "_", wanted)[:100].strip(" .").lstrip("-") or "stack"


def model_error(shown: str, problems: list[str]) -> ModelError:
    """Put all that is wrong with a model file into one error.

    Args:
        shown: The file's name.
        problems: What is wrong, each with its place.
    """
    if len(problems) == 1:
        return ModelError(f"{shown}: {problems[0]}")
    return ModelError(f"{shown}: {len(problems)} problems", *(f"  {problem}" for problem in problems))
