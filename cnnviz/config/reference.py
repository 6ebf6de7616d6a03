"""Layer kinds, activations and initialisers as rows of the reference's tables, from their own declarations."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import msgspec

from cnnviz.config.convert import fields_of
from cnnviz.config.schema import as_written
from cnnviz.initializers import INITIALIZERS
from cnnviz.io.docstrings import docstring
from cnnviz.layers import all_kinds
from cnnviz.layers.base import Layer
from cnnviz.ops.activations import ACTIVATIONS, ALIASES, ActivationFunction


class ReferenceRow(NamedTuple):
    """What the reference says of one name that a stack's YAML may hold.

    Attributes:
        name: As YAML has it, such as `Conv2D`, `relu` or `constant`.
        sentence: What it does, or its formula.
        fields: Its own fields, each with its default as YAML has it; None for a field that must be given.
    """

    name: str
    sentence: str
    fields: tuple[tuple[str, str | None], ...] = ()


def kinds() -> list[ReferenceRow]:
    """Return a row for each layer kind; `name`, `inputs`, `trainable` and `source`, which all have, are left out."""
    return [_row(name, kind) for name, kind in all_kinds().items()]


def initializers() -> list[ReferenceRow]:
    """Return a row for each initialiser."""
    return [_row(name, kind) for name, kind in INITIALIZERS.items()]


def activations() -> list[ReferenceRow]:
    """Return a row for each activation, its formula in `x` as the sentence; another name says whose it is."""

    def sentence(one: ActivationFunction) -> str:
        numbers = ", ".join(f"{constant} = {value!r}" for constant, value in one.constants.items())
        over = ", the sum over the channels" if one.axes else ""
        return f"`{one.expression}`{over}" + (f" with {numbers}." if numbers else ".")

    return [
        ReferenceRow(name, f"Another name of `{ALIASES[name]}`." if name in ALIASES else sentence(one))
        for name, one in ACTIVATIONS.items()
    ]


def _row(name: str, kind: type[msgspec.Struct]) -> ReferenceRow:
    own = {field: info for field, info in fields_of(kind).items() if field not in Layer.__struct_fields__}
    fields = tuple((field, None if info.required else _written(info.default)) for field, info in own.items())
    return ReferenceRow(name, docstring(kind).partition("\n")[0], fields)


def _written(default: Any) -> str:
    """Write a default as YAML has it."""
    value = as_written(default)
    return value if isinstance(value, str) else json.dumps(value)
