"""The layers of a stack, from plain data to records with their names and inputs filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnnviz.config.convert import REFUSED, Converter
from cnnviz.config.foreign import foreign_fields, foreign_kind
from cnnviz.config.names import layer_names, name_problem
from cnnviz.config.places import Mistakes
from cnnviz.config.wording import show, suggest
from cnnviz.errors import LayerError
from cnnviz.io.yaml import Path
from cnnviz.layers import all_kinds, find_kind
from cnnviz.layers.base import Layer
from cnnviz.stack.graph import INPUT

_NEAR = 50
"""So many layers before are searched for the name that was meant."""


def read_layers(layers: Sequence[Any], mistakes: Mistakes) -> tuple[Layer, ...]:
    """Read the layers of a stack.

    Args:
        layers: Each a mapping with its `type`.
        mistakes: Takes what is wrong; the result is of use only if there is nothing.
    """
    names = layer_names(layers)
    positions = {name: index for index, name in reversed(list(enumerate(names)))}
    seen: dict[str, int] = {}
    read = []
    for index, (data, name) in enumerate(zip(layers, names, strict=True)):
        reader = _LayerReader(index, names, positions, mistakes)
        read.append(reader.read(data))
        if isinstance(data, Mapping) and data.get("name") is not None:
            reader.check_name(data["name"], seen)
        seen.setdefault(name.casefold(), index)
    return tuple(read)


class _LayerReader:
    """Reads one layer."""

    def __init__(self, index: int, names: list[str], positions: dict[str, int], mistakes: Mistakes) -> None:
        self.index = index
        self.name = names[index]
        self.names = names
        self.positions = positions
        self.mistakes = mistakes
        self.path: Path = ("layers", index)
        self.convert = Converter(mistakes)

    def read(self, data: Any) -> Any:
        """Return the layer, or `REFUSED`."""
        if not isinstance(data, Mapping):
            expected = "expected a layer: its kind or a mapping with its `type`"
            return self.convert.refuse(self.path, f"{expected}, got {show(data)}")
        if "type" not in data:
            unknown = [key for key in data if key not in foreign_fields("", data)]
            return self.convert.refuse_without_type(unknown, self.path, "the layer's kind, such as `type: Conv2D`")
        kind = self._kind(data["type"])
        if kind is REFUSED:
            return REFUSED
        self.convert.layer = f'{kind.__name__} "{self.name:.100}"'
        explain = foreign_fields(kind.__name__, data)
        own = {key: value for key, value in data.items() if key not in ("type", "name", "inputs")}
        fields = self.convert.record(kind, own, self.path, explain=explain)
        inputs = self._inputs(kind, data)
        if self.convert.refused:
            return REFUSED
        layer = kind(name=self.name, inputs=inputs, **fields)
        try:
            layer.check()
        except LayerError as error:
            self.convert.refuse((*self.path, *((error.field,) if error.field else ())), str(error))
        return layer

    def check_name(self, name: Any, seen: Mapping[str, int]) -> None:
        """Refuse a given name that breaks the rules or is taken."""
        path = (*self.path, "name")
        if not isinstance(name, str):
            quoted = f"; in quotes it is one: '{name}'" if type(name) is int else ""
            self.convert.refuse(path, f"expected a name, got {show(name)}{quoted}")
        elif problem := name_problem(name):
            self.convert.refuse(path, problem)
        elif (first := seen.get(name.casefold())) is not None:
            same = "" if self.names[first] == name else f" (as `{self.names[first]}`: case does not count)"
            self.convert.refuse(path, f"the name `{name}` is taken by layers[{first}]{same}; choose another")

    def _kind(self, name: Any) -> Any:
        path = (*self.path, "type")
        if not isinstance(name, str):
            return self.convert.refuse(path, f"expected a layer's kind, such as Conv2D, got {show(name)}")
        if (kind := find_kind(name)) is not None:
            return kind
        advice = foreign_kind(name) or suggest(name, all_kinds())
        return self.convert.refuse(path, f"there is no layer kind {show(name)}; {advice}")

    def _inputs(self, kind: type[Layer], data: Mapping[str, Any]) -> Any:
        path = (*self.path, "inputs")
        given = data.get("inputs")
        if given is None and kind.merges:
            message = "is missing; list two or more layers, such as `inputs: [conv2d, conv2d_1]`"
            return self.convert.refuse(path, message)
        if given is None:
            return (self.names[self.index - 1] if self.index else INPUT,)
        if not isinstance(given, list):
            hint = f"; write [{given}]" if isinstance(given, str) and len(given) <= 100 else ""
            return self.convert.refuse(path, f"expected a list of layer names, got {show(given)}{hint}")
        if kind.merges and len(given) < 2:
            return self.convert.refuse(path, f"takes two or more layers, got {len(given)}")
        if not kind.merges and len(given) != 1:
            merge = "; to put several together, use Add or Concatenate" if given else ""
            return self.convert.refuse(path, f"takes exactly one layer, got {len(given)}{merge}")
        return tuple(self._input(name, (*path, i)) for i, name in enumerate(given))

    def _input(self, name: Any, path: Path) -> Any:
        if not isinstance(name, str):
            return self.convert.refuse(path, f"expected a layer's name, got {show(name)}")
        position = -1 if name == INPUT else self.positions.get(name)
        if position is None:
            known = [INPUT, *self.names[: self.index]][-_NEAR:]
            return self.convert.refuse(path, f"there is no layer {show(name)}; {suggest(name, known, 'earlier are')}")
        if position == self.index:
            return self.convert.refuse(path, "a layer cannot be its own input; name an earlier one")
        if position > self.index:
            return self.convert.refuse(path, f"`{name}` comes later; a layer can only take earlier outputs")
        return name
