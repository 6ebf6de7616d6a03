"""Plain data to the fields of frozen records, with every mistake noted in plain words.

msgspec's own conversion stops at the first mistake and is vague about unions, so the few types that fields have are
converted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from cnnviz.config.places import Mistakes
from cnnviz.config.wording import arms, describe, expected, is_initializer, nearest, show, suggest
from cnnviz.initializers import INITIALIZERS, Initializer
from cnnviz.io.yaml import Path
from cnnviz.layers.base import Layer
from cnnviz.layers.fields import too_small
from cnnviz.ops.activations import ALIASES

_PLAIN: dict[Any, Any] = {Literal: str, tuple: list, float: (int, float)}
"""What plain data has in place of a type."""

_FRACTION = re.compile(r"([-+]?[0-9]{1,18}(?:\.[0-9]{1,18})?) */ *([0-9]{1,18}(?:\.[0-9]{1,18})?)")


REFUSED: Any = msgspec.UNSET
"""Stands for a value whose mistake has been noted."""


@cache
def fields_of(record: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """Return the fields of a record by name."""
    return {field.name: field for field in msgspec.structs.fields(record)}


class Converter:
    """Converts the values of one layer, or of another part of a stack.

    Args:
        mistakes: Takes what is wrong.
        layer: The layer's kind and name, for messages.
    """

    def __init__(self, mistakes: Mistakes, layer: str = "") -> None:
        self.mistakes = mistakes
        self.layer = layer
        self.refused = 0
        """How many values were refused so far."""

    def refuse(self, path: Path, message: str, key: bool = False) -> Any:
        """Note a mistake."""
        self.refused += 1
        self.mistakes.add(path, message, self.layer, key)
        return REFUSED

    def refuse_without_type(self, data: Iterable[str], path: Path, example: str) -> Any:
        """Note that a mapping has no `type`, and which of its keys may have been meant to be it."""
        for key in data:
            if nearest(key, ["type"]):
                return self.refuse((*path, key), "unknown field; did you mean `type`?", key=True)
        return self.refuse((*path, "type"), f"is missing; give {example}")

    def record(
        self, kind: type[msgspec.Struct], data: Mapping[str, Any], path: Path, explain: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Convert the fields of a record.

        Args:
            kind: The record.
            data: Field names to plain values.
            path: Where the data stands.
            explain: What to say of keys that are no fields but deserve their own words.

        Returns:
            The fields that are given and right.
        """
        fields = fields_of(kind)
        for key in data:
            if key not in fields:
                reason = (explain or {}).get(key) or f"unknown field; {suggest(key, _own_first(fields))}"
                self.refuse((*path, key), reason, key=True)
        converted = {}
        for name, field in fields.items():
            if name in data:
                value = self.value(data[name], field.type, (*path, name))
                if value is not REFUSED:
                    converted[name] = value
            elif field.required:
                self.refuse((*path, name), f"is missing; give {describe(field.type)}")
        return converted

    def value(self, value: Any, annotation: Any, path: Path) -> Any:
        """Convert one value to a type.

        Returns:
            The value, or `REFUSED`.
        """
        if is_initializer(annotation):
            return self._initializer(value, path)
        alternatives = arms(annotation)
        if isinstance(value, str) and (fraction := _fraction(value)) is not None:
            value = fraction if any(_fits(fraction, arm) for arm in alternatives) else value
        for arm in alternatives:
            if _fits(value, arm):
                return self._arm(value, arm, annotation, path)
        return self.refuse(path, expected(annotation, value))

    def _arm(self, value: Any, arm: Any, annotation: Any, path: Path) -> Any:
        origin, arguments = get_origin(arm), get_args(arm)
        if origin is Annotated:
            message = too_small(value, arm)
            return self.refuse(path, message) if message else self._arm(value, arguments[0], annotation, path)
        if origin is Literal:
            if value in arguments:
                return ALIASES.get(value, value)
            if len(arguments) < 5:
                return self.refuse(path, expected(annotation, value))
            return self.refuse(path, f"there is no {show(value)}; {suggest(value, arguments)}")
        if origin is tuple:
            if Ellipsis in arguments:
                items = [arguments[0]] * len(value)
            elif len(value) == len(arguments):
                items = list(arguments)
            else:
                return self.refuse(path, f"expected {describe(annotation)}, got a list of {len(value)}")
            pairs = enumerate(zip(value, items, strict=True))
            converted = tuple(self.value(item, kind, (*path, i)) for i, (item, kind) in pairs)
            return REFUSED if any(item is REFUSED for item in converted) else converted
        return float(value) if arm is float else value

    def _initializer(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            value, at = {"type": value}, path
        elif isinstance(value, Mapping):
            at = (*path, "type")
        else:
            return self.refuse(path, expected(Initializer, value) + _literal_hint(value))
        if "type" not in value:
            return self.refuse_without_type(value, path, "the initializer's name, such as `type: zeros`")
        name = value["type"]
        if not isinstance(name, str):
            return self.refuse(at, f"expected the name of an initializer, got {show(name)}")
        kind = INITIALIZERS.get(name)
        if kind is None:
            base, colon, number = name.partition(":")
            if colon and base in INITIALIZERS:
                first = next(iter(fields_of(INITIALIZERS[base])), "...")
                here = f"{{type: {base}, {first}: {number:.40}}}"
                return self.refuse(at, f"{show(name)} is for the command line; write {here} here")
            return self.refuse(at, f"there is no initializer {show(name)}; {suggest(name, INITIALIZERS)}")
        rest = {key: item for key, item in value.items() if key != "type"}
        explain = {"seed": "every weight's random stream follows from the stack's `seed` and its name; leave it out"}
        before = self.refused
        converted = self.record(kind, rest, path, explain=explain)
        return kind(**converted) if self.refused == before else REFUSED


def _own_first(names: Iterable[str]) -> list[str]:
    """Put the names that every layer has behind a kind's own."""
    return sorted(names, key=lambda name: name in Layer.__struct_fields__)


def _literal_hint(value: Any) -> str:
    """Say how numbers are written as an initialiser."""
    if isinstance(value, list):
        nested = any(isinstance(item, list) for item in value)
        return "; write {type: filters, values: ...}" if nested else "; write {type: constant, value: ...}"
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"; write {{type: constant, value: {value}}}" if is_number else ""


def _fraction(text: str) -> float | None:
    """Read a fraction of two decimal numbers, rounded once."""
    match = _FRACTION.fullmatch(text)
    if match is None or not Fraction(match[2]):
        return None
    return float(Fraction(match[1]) / Fraction(match[2]))


def _fits(value: Any, arm: Any) -> bool:
    """Tell whether a value is of the arm's kind of data."""
    if get_origin(arm) is Annotated:
        arm = get_args(arm)[0]
    kind = _PLAIN.get(get_origin(arm) or arm, arm)
    return isinstance(value, kind) and isinstance(value, bool) == (kind is bool)
