"""A stack given as Python data, made the plain data that YAML would have given.

No library does this: `msgspec.to_builtins` stops at the first mistake, without its place, and fails on circles.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnviz.errors import ConfigError, Mistake
from cnnviz.io.scalars import LARGEST
from cnnviz.io.yaml import DEPTH, Document, Path


def plain(data: Mapping[str, Any]) -> Document:
    """Copy a mapping: tuples and arrays become lists, NumPy's numbers Python's.

    Raises:
        ConfigError: With everything in it that YAML could not hold.
    """
    copier = _Copier()
    value = copier.copy(data, (), ())
    if copier.mistakes:
        raise ConfigError(copier.mistakes)
    return Document(value)


class _Copier:
    """Copies plain data and gathers what is none."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def copy(self, value: Any, path: Path, around: tuple[int, ...]) -> Any:
        """Copy a value.

        Args:
            value: The value.
            path: Where it stands.
            around: The identities of what it stands in.
        """
        if isinstance(value, (np.ndarray, np.generic)):
            value = value.tolist()
        if id(value) in around:
            return self._refuse(path, "contains itself")
        if len(around) > DEPTH:
            return self._refuse(path, f"nested more than {DEPTH} levels deep")
        inside = (*around, id(value))
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str):
                    self._refuse(path, f"a key must be a name, got {key!r:.60}")
            items = ((key, item) for key, item in value.items() if isinstance(key, str))
            return {key: self.copy(item, (*path, key), inside) for key, item in items}
        if isinstance(value, (list, tuple)):
            return [self.copy(item, (*path, i), inside) for i, item in enumerate(value)]
        return self._scalar(value, path)

    def _scalar(self, value: Any, path: Path) -> Any:
        if value is None or isinstance(value, (str, bool)):
            return value
        if isinstance(value, numbers.Integral):
            if abs(int(value)) <= LARGEST:
                return int(value)
            return self._refuse(path, f"an integer beyond {LARGEST} is too large")
        if isinstance(value, numbers.Real):
            if math.isfinite(value):
                return float(value)
            return self._refuse(path, f"{value} is not allowed; numbers must be finite")
        return self._refuse(path, f"expected plain data, got a {type(value).__name__}")

    def _refuse(self, path: Path, message: str) -> None:
        self.mistakes.append(Mistake(path, message))
