"""Plain words for what a field takes, what it got, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from cnnviz.initializers import InitializerBase
from cnnviz.layers.fields import minimum

_NUMERALS = {1: "one", 2: "two", 3: "three", 4: "four"}
_ONE = {int: "a whole number", float: "a number", bool: "true or false", str: "text", NoneType: "null"}
_SEVERAL = {int: "whole numbers", float: "numbers", str: "texts"}
_LONG = 8
"""So many choices are still listed."""


def arms(annotation: Any) -> tuple[Any, ...]:
    """Return the alternatives of a type; a type that is no union is its own only one."""
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def is_initializer(annotation: Any) -> bool:
    """Tell whether a field takes an initialiser."""
    return all(isinstance(arm, type) and issubclass(arm, InitializerBase) for arm in arms(annotation))


def describe(annotation: Any) -> str:
    """Describe what a field takes, such as `a whole number of at least 1, or two of them`.

    Args:
        annotation: The field's type.
    """
    if is_initializer(annotation):
        return "the name of an initializer, or a mapping with its `type`"
    described: list[str] = []
    alternatives = arms(annotation)
    for arm in alternatives:
        items = get_args(arm)
        if get_origin(arm) is Literal and len(items) > _LONG:
            described.append(f"a name such as `{items[0]}` or `{items[1]}`")
        elif get_origin(arm) is Literal:
            described += [f"`{choice}`" for choice in items]
        elif get_origin(arm) is tuple and Ellipsis not in items and items[0] in alternatives:
            described.append(f"{_count(items)} of them")
        else:
            described.append(_describe_arm(arm))
    *head, last = described
    if not head:
        return last
    comma = "," if len(head) > 1 or " or " in head[0] or last.endswith("of them") else ""
    return f"{', '.join(head)}{comma} or {last}"


def _describe_arm(arm: Any) -> str:
    origin, arguments = get_origin(arm), get_args(arm)
    if origin is Annotated:
        return _describe_arm(arguments[0]) + _at_least(arm)
    if origin is tuple:
        if Ellipsis in arguments:
            return f"a list of {_plural(arguments[0])}"
        if len(set(arguments)) == 1:
            return f"a list of {_count(arguments)}, each {describe(arguments[0])}"
        return f"a list of {_count(arguments)}"
    return _ONE[arm]


def _plural(annotation: Any) -> str:
    words = []
    for arm in arms(annotation):
        origin, arguments = get_origin(arm), get_args(arm)
        if origin is tuple:
            words.append(f"lists of {_plural(arguments[0])}")
        elif origin is Annotated:
            words.append(_plural(arguments[0]) + _at_least(arm))
        elif origin is Literal:
            words.append(f"names among {', '.join(arguments)}")
        else:
            words.append(_SEVERAL[arm])
    return " or ".join(words)


def _at_least(annotation: Any) -> str:
    least = minimum(annotation)
    return "" if least is None else f" of at least {least:g}"


def _count(items: tuple[Any, ...]) -> str:
    return _NUMERALS.get(len(items), str(len(items)))


def show(value: Any) -> str:
    """Write a value briefly, as a message quotes it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        nested = any(isinstance(inner, list) for item in value[:_LONG] if isinstance(item, list) for inner in item)
        text = "" if nested else f"[{', '.join(map(show, value[:_LONG]))}]"
        return text if text and len(value) <= _LONG and len(text) <= 60 else f"a list of {len(value)}"
    return repr(value) if len(str(value)) <= 60 else f"{str(value)[:40]!r}..."


def expected(annotation: Any, value: Any) -> str:
    """Say that a value is not of the type that a field takes."""
    meant = ""
    if str in arms(annotation) and isinstance(value, (bool, int, float)):
        meant = f"; in quotes it is one: '{show(value)}'"
    return f"expected {describe(annotation)}, got {show(value)}{meant}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant, if one is near; case and underscores do not count."""
    return _nearest(name, tuple(known)) if len(name) <= 100 else None


@lru_cache(maxsize=256)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches  # a mistake's price, not every run's

    plain = {choice.casefold().replace("_", ""): choice for choice in reversed(known)}
    close = get_close_matches(name.casefold().replace("_", ""), plain, 1)
    return plain[close[0]] if close else None


def suggest(name: str, known: Iterable[str], what: str = "known are") -> str:
    """Write `did you mean ...?`, or list what is known."""
    choices = tuple(known)
    begin = [choice for choice in choices if len(name) > 2 and choice.startswith(name)]
    near = " or ".join(f"`{choice}`" for choice in begin)
    if not begin and (single := nearest(name, choices)):
        near = f"`{single}`"
    return f"did you mean {near}?" if near else f"{what} {', '.join(choices)}"
