"""What a scalar without quotes means, by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).

No library does this: PyYAML's resolver is that of YAML 1.1, where `on` is true and `010` is eight.
"""

from __future__ import annotations

import math
import re

LARGEST = 2**63 - 1
"""The largest integer, either way."""

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def parse_scalar(text: str) -> str | int | float | bool | None:
    """Read a scalar without quotes by the core schema.

    Raises:
        ValueError: If it is infinite, not a number, or too large an integer.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) or _OCTAL_OR_HEX.fullmatch(text):
        if len(text) > 100:
            raise ValueError(f"a number of {len(text)} digits is too large")
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        number = int(text, base)
        if abs(number) > LARGEST:
            raise ValueError(f"{text} is too large; the largest integer is {LARGEST}")
        return number
    if _FLOAT.fullmatch(text):
        value = float(text)
        if math.isinf(value):
            raise ValueError(f"{text[:40]} is too large for a floating-point number")
        return value
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not allowed; numbers must be finite")
    return text
