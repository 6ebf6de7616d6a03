"""JSON that anybody may have written: bounded, and of finite numbers alone."""

from __future__ import annotations

import json
import math
from typing import Any

from cnnviz.errors import ModelError

LARGEST = 64 << 20
"""Bytes of a description: the largest of `keras.applications` has 2 MB."""

_DEEPEST = 200


def parse_json(text: str | bytes, where: str) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        text: The text.
        where: What it is, for the message.

    Raises:
        ModelError: If it is no object, nested too deeply, or holds a number that is not finite.
    """
    if len(text) > LARGEST:
        raise ModelError(f"{where} is larger than {LARGEST:,} bytes, too large for the description of a model")
    try:
        data = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ModelError(f"{where} is nested too deeply") from error
    except ValueError as error:
        raise ModelError(f"{where} is no JSON, or damaged: {str(error)[:200]}; was it copied whole?") from error
    if not isinstance(data, dict):
        raise ModelError(f"{where} is no description of a model: it holds no JSON object")
    _check_depth(data, where)
    return data


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number that a model can have")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits[:20])


def _check_depth(data: Any, where: str) -> None:
    level = [data]
    for _ in range(_DEEPEST):
        level = [
            item
            for part in level
            for item in (part.values() if isinstance(part, dict) else part)
            if isinstance(item, dict | list)
        ]
        if not level:
            return
    raise ModelError(f"{where} is nested too deeply")
