"""A stack as it was written, plain data, to be changed: its layers by name, and where a change is noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from cnnviz.config.names import layer_names
from cnnviz.config.places import Places
from cnnviz.config.wording import show, suggest
from cnnviz.errors import UsageError
from cnnviz.io.yaml import Path
from cnnviz.layers import find_kind
from cnnviz.layers.base import Layer
from cnnviz.stack.spec import InputSpec, OutputSpec, TrainingSpec

_SLIDING = ("kernel_initializer", "depthwise_initializer")
_SECTIONS: dict[str, type[msgspec.Struct]] = {"input": InputSpec, "output": OutputSpec, "training": TrainingSpec}


class WrittenLayer(NamedTuple):
    """A layer as written."""

    path: Path
    name: str
    data: dict[str, Any]
    kind: type[Layer] | None

    @property
    def title(self) -> str:
        return f'{self.data.get("type")} "{self.name}"'

    def has(self, field: str) -> bool:
        """Tell whether its kind has a field; of an unknown kind, the field's own mistake is told later."""
        return self.kind is None or field in self.kind.__struct_fields__

    @property
    def is_literal(self) -> bool:
        """Whether a convolution's kernels are written out."""
        initializers = [self.data.get(field) for field in _SLIDING]
        kinds = [value.get("type") if isinstance(value, Mapping) else value for value in initializers]
        return "filters" in kinds


class WrittenStack:
    """A stack as it was written, which a switch changes.

    Attributes:
        data: The stack, every layer a mapping.
        switch: The switch that is being applied, which messages begin with.
        remarks: What to say of the changes.
    """

    def __init__(self, data: dict[str, Any], places: Places) -> None:
        self.data = data
        self._places = places
        self.switch = ""
        self.remarks: list[str] = []

    def container(self, head: str, field: str) -> tuple[dict[str, Any], Path]:
        """Return the mapping that `LAYER.`, `input.` or `output.` means, and its path."""
        section = _SECTIONS.get(head)
        # A layer may be called `output`; what concerns drawing then still means the section.
        if section and (field in section.__struct_fields__ or all(entry.name != head for entry in self.entries())):
            if not isinstance(self.data.get(head), dict):
                self.data[head] = {}
            return self.data[head], (head,)
        entry = self.named(head)
        return entry.data, entry.path

    def entries(self) -> list[WrittenLayer]:
        """Return the layers, as far as they are written as such."""
        layers = self.data["layers"]
        found = []
        for position, (data, name) in enumerate(zip(layers, layer_names(layers), strict=True)):
            if isinstance(data, dict):
                kind = data.get("type")
                known = find_kind(kind) if isinstance(kind, str) else None
                found.append(WrittenLayer(("layers", position), name, data, known))
        return found

    def named(self, name: str) -> WrittenLayer:
        """Return the layer of a name.

        Raises:
            UsageError: If there is none.
        """
        entries = self.entries()
        for entry in entries:
            if entry.name == name:
                return entry
        names = [entry.name for entry in entries]
        raise self.error(f"there is no layer {show(name)}; {suggest(name, names, 'layers are')}")

    def chosen(self, layer: str, fields: Iterable[str], lack: str) -> list[WrittenLayer]:
        """Return the layer of a name, or all that have one of the fields.

        Args:
            layer: The name; empty for all.
            fields: The fields.
            lack: What to say of a layer that has none of them, behind `has`.

        Raises:
            UsageError: If there is none.
        """
        if layer:
            entry = self.named(layer)
            if not any(map(entry.has, fields)):
                raise self.error(f"{entry.title} has {lack}")
            return [entry]
        chosen = [entry for entry in self.entries() if entry.kind and any(map(entry.has, fields))]
        if not chosen:
            raise self.error(f"changes nothing: the layers of this stack have {lack}")
        return chosen

    def assign(self, container: dict[str, Any], path: Path, value: Any) -> None:
        """Set the last field of a path, in the mapping around it, and note which switch did."""
        container[str(path[-1])] = value
        self._places.override(path, self.switch)

    def error(self, message: str) -> UsageError:
        """Return an error that begins with the switch."""
        return UsageError(f"{self.switch}: {message}")
