"""A stack as the plain data that it is read from: only what is not so by default."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from cnnviz.stack.graph import INPUT
from cnnviz.stack.spec import Stack

_PLAIN = Stack(name="", layers=())


def document_of(stack: Stack) -> dict[str, Any]:
    """Return a stack in its YAML form, without the names of tensors of a model file."""
    document: dict[str, Any] = {"name": stack.name}
    for name in Stack.__struct_fields__:
        value = getattr(stack, name)
        if name not in ("name", "layers") and value != getattr(_PLAIN, name):
            document[name] = _own(value) if isinstance(value, msgspec.Struct) else msgspec.to_builtins(value)
    document["layers"] = []
    before = INPUT
    for layer in stack.layers:
        own = _own(layer)
        own.pop("inputs")
        own.pop("source", None)
        # What a layer makes comes first, as people write it.
        own = dict(sorted(own.items(), key=lambda item: item[0] not in ("filters", "units")))
        written = {"type": type(layer).__name__, "name": layer.name, **own}
        if layer.inputs != (before,):
            written["inputs"] = list(layer.inputs)
        document["layers"].append(written)
        before = layer.name
    return document


def _own(record: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of a record that are not as they are by default, as plain data."""
    data = msgspec.to_builtins(record)
    return {name: data[name] for name, default in _defaults(type(record)).items() if getattr(record, name) != default}


@cache
def _defaults(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.name: field.default for field in msgspec.structs.fields(kind)}
