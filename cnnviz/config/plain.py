"""A stack given as Python data, made the plain data that YAML would have given."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnviz.errors import ConfigError, Mistake
from cnnviz.io.yaml import Document, Path

_DEPTH = 32
_LARGEST = 2**63 - 1


def plain(data: Mapping[str, Any]) -> Document:
    """Copy a mapping: tuples and arrays become lists, NumPy's numbers Python's.

    Raises:
        ConfigError: With everything in it that YAML could not hold.
    """
    mistakes: list[Mistake] = []
    value = _plain(data, (), mistakes)
    if mistakes:
        raise ConfigError(mistakes)
    return Document(value)


def _plain(value: Any, path: Path, mistakes: list[Mistake]) -> Any:
    problem = None
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if len(path) > _DEPTH:
        problem = f"nested more than {_DEPTH} levels deep"
    elif isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                mistakes.append(Mistake(path, f"a key must be a name, got {key!r:.60}"))
        return {key: _plain(item, (*path, key), mistakes) for key, item in value.items() if isinstance(key, str)}
    elif isinstance(value, (list, tuple)):
        return [_plain(item, (*path, i), mistakes) for i, item in enumerate(value)]
    elif value is None or isinstance(value, (str, bool)):
        return value
    elif isinstance(value, numbers.Integral):
        if abs(int(value)) <= _LARGEST:
            return int(value)
        problem = f"an integer beyond {_LARGEST} is too large"
    elif isinstance(value, numbers.Real):
        if math.isfinite(value):
            return float(value)
        problem = f"{value} is not allowed; numbers must be finite"
    else:
        problem = f"expected plain data, got a {type(value).__name__}"
    mistakes.append(Mistake(path, problem))
    return None
