"""Numbers and formulas as an explanation shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import floor, isfinite, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.numbers import DIGITS, rounding, short

_PLAIN = 6
"""Digits of the largest number that stands among others in a plain way, without an exponent."""

_NAME = re.compile(r"[A-Za-z_]\w*")


def number(value: float, digits: int = DIGITS) -> str:
    """Write a number to some digits, as reports do; zero has no sign."""
    return short(value + 0.0, digits)


def written(values: NDArray[Any], digits: int) -> NDArray[np.object_]:
    """Write numbers that stand together, with as many decimals as the largest needs for some digits; zero as 0.

    Args:
        values: Any shape.
        digits: Digits of the largest.
    """
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max()) if finite.size else 0.0
    whole = bool((finite == np.round(finite)).all()) and largest < 10**_PLAIN
    exponent = floor(log10(largest)) if largest else 0
    if whole or not -4 <= exponent < _PLAIN:
        texts = [number(float(value), _PLAIN if whole else digits) for value in values.flat]
    else:
        decimals = max(digits - 1 - exponent, 0)
        texts = [f"{value:.{decimals}f}" if value else "0" for value in values.flat]
    cells = np.empty(values.size, object)
    cells[:] = texts
    return cells.reshape(values.shape)


def loses(values: NDArray[Any], digits: int) -> bool:
    """Tell whether any of some numbers is rounded where they are written together."""
    texts = written(values, digits)
    return any(float(text) != value for text, value in zip(texts.flat, values.flat, strict=True) if isfinite(value))


def put_in(expression: str, operands: Mapping[str, float], digits: int = DIGITS) -> str:
    """Write a formula with the numbers put in for the names; negative ones in brackets next to a sign.

    Args:
        expression: Such as `sum + bias`.
        operands: The numbers by name; other names stay.
        digits: How many of each number to write.
    """

    def replace(match: re.Match[str]) -> str:
        name = match[0]
        if name not in operands or expression[match.end() :].startswith("("):
            return name
        text = number(operands[name], digits)
        signed = expression[: match.start()].rstrip().endswith(("+", "-", "*", "/"))
        raised = expression[match.end() :].lstrip().startswith("**")
        return f"({text})" if (signed or raised) and text.startswith("-") else text

    return _NAME.sub(replace, expression)


def added(values: Iterable[float], total: float) -> str:
    """Write numbers as a sum, `3 - 1 + 2`, and by how much it is off as it is written."""
    texts = list(map(number, values))
    return " + ".join(texts).replace("+ -", "- ") + off_by(texts, number(total))


def off_by(texts: Iterable[str], total: str) -> str:
    """Say by how much numbers as they are written do not add up to a total, in brackets; empty if they do."""
    off = rounding(texts, total)
    return f" (rounding {off})" if off else ""
