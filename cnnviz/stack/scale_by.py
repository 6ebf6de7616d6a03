"""What range becomes grey levels, as files and the command line write it."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from cnnviz.errors import UsageError

_MODES = ("layer", "map", "symmetric")


class ScaleBy(NamedTuple):
    """What range becomes 0 to 255.

    Attributes:
        mode: `layer`, `map`, `symmetric` or `fixed`.
        low: The value drawn as 0, if `fixed`.
        high: The value drawn as 255, if `fixed`.
    """

    mode: str
    low: float = 0.0
    high: float = 0.0

    @classmethod
    def parse(cls, text: str) -> ScaleBy:
        """Read `layer`, `map`, `symmetric` or `fixed:LO:HI`.

        Raises:
            UsageError: If it is none of these.
        """
        if text in _MODES:
            return cls(text)
        mode, *ends = text.split(":")
        if mode == "fixed" and len(ends) == 2:
            try:
                low, high = float(ends[0]), float(ends[1])
            except ValueError:
                pass
            else:
                if isfinite(low) and isfinite(high) and low < high:
                    return cls("fixed", low + 0.0, high + 0.0)
                raise UsageError(f"the range of {text!r} is empty; give two numbers, the smaller first")
        raise UsageError(
            f"cannot scale by {text!r}; it is one of layer, map, symmetric, fixed:LO:HI (such as fixed:0:255)"
        )

    def __str__(self) -> str:
        """Write the range as `parse` reads it."""
        return f"fixed:{self.low!r}:{self.high!r}" if self.mode == "fixed" else self.mode
