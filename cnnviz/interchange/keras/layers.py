"""Layers as a model's description has them, and their calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from cnnviz.errors import ModelError
from cnnviz.io.hdf5.dialects import class_of, today
from cnnviz.layers import snake_case

SEQUENTIAL = "Sequential"
FUNCTIONAL = ("Functional", "Model", "Container", "Network")

T = TypeVar("T")


class Source(NamedTuple):
    """A tensor of the model: an output of a call.

    Attributes:
        call: The call's number; -1 for what enters the model.
        output: Which of its outputs.
    """

    call: int
    output: int = 0


class ModelLayer(NamedTuple):
    """A layer that a model describes.

    Attributes:
        path: The names of the models around it, outermost first, and its own.
        place: The layer in a `.weights.h5`, a step for each model around it: classes with numbers.
        kind: The class, under its name in Keras 3.
        fields: The arguments of its constructor, under their names in Keras 3.
        module: The module of the class, where the file says it.
    """

    path: tuple[str, ...]
    place: tuple[str, ...]
    kind: str
    fields: Mapping[str, Any]
    module: str

    @property
    def title(self) -> str:
        """The layer's name in the file, with those of the models around it."""
        return "/".join(self.path)


class Call(NamedTuple):
    """One use of a layer.

    Attributes:
        layer: The layer.
        operands: What it takes: tensors, and constants as the file has them.
        options: Other arguments of the call.
        number: How many calls of the same layer come before.
    """

    layer: ModelLayer
    operands: tuple[Any, ...]
    options: Mapping[str, Any]
    number: int

    @property
    def sources(self) -> tuple[Source, ...]:
        """The tensors among its operands."""
        return tuple(found_in(Source, (self.operands, self.options)))


def is_model(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether a class is a model with layers of its own."""
    return kind in (SEQUENTIAL, *FUNCTIONAL) and isinstance(fields.get("layers"), list)


def described(entry: Any) -> tuple[str, Mapping[str, Any], str]:
    """Return a layer's class, its fields and its module.

    Raises:
        ModelError: If it is none.
    """
    kind = class_of(entry) if isinstance(entry, dict) else None
    fields = entry.get("config") if isinstance(entry, dict) else None
    if isinstance(fields, list):  # a Sequential of Keras before 2.2.3
        fields = {"layers": fields}
    if not isinstance(kind, str) or not isinstance(fields, dict):
        raise ModelError("an entry is no layer: it has no class_name with a config")
    module = entry.get("module")
    return *today(kind, fields), module if isinstance(module, str) else ""


def described_layer(entry: Any, path: tuple[str, ...], place: tuple[str, ...], counts: Counter[str]) -> ModelLayer:
    """Return a layer that a model describes.

    Args:
        entry: The layer in the model's list.
        path: The names of the models around it.
        place: Their places in a `.weights.h5`.
        counts: How many layers of each class came before in the model.

    Raises:
        ModelError: If it is none.
    """
    kind, fields, module = described(entry)
    base = snake_case(kind)
    name = entry.get("name", fields.get("name"))
    if name is None:
        name = f"{base}_{counts[base] + 1}"
    if not isinstance(name, str):
        raise ModelError(f"a layer of class {kind:.100} has no name")
    own = f"{base}_{counts[base]}" if counts[base] else base
    counts[base] += 1
    return ModelLayer((*path, name), (*place, own), kind, fields, module)


def found_in(kind: type[T], value: Any) -> Iterator[T]:
    """Go over all of a kind in lists and dictionaries, however deep."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, tuple | list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from found_in(kind, item)
