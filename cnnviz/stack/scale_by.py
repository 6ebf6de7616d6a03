"""What range becomes grey levels, as files and the command line write it."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from cnnviz.errors import UsageError

_MODES = ("layer", "map", "symmetric")
_WITH_ENDS = ("fixed", "percentile", "map-percentile")


class ScaleBy(NamedTuple):
    """What range becomes 0 to 255.

    Attributes:
        mode: `layer`, `map`, `symmetric`, `fixed`, `percentile` or `map-percentile`.
        low: The value drawn as 0, if `fixed`; the percentile, from 0 to 100, if it is one.
        high: The value or the percentile drawn as 255.
    """

    mode: str
    low: float = 0.0
    high: float = 0.0

    @classmethod
    def parse(cls, text: str) -> ScaleBy:
        """Read `layer`, `map`, `symmetric`, `fixed:LO:HI`, `percentile:LO:HI` or `map-percentile:LO:HI`.

        Raises:
            UsageError: If it is none of these.
        """
        if text in _MODES:
            return cls(text)
        mode, *ends = text.split(":")
        if mode in _WITH_ENDS and len(ends) == 2:
            try:
                low, high = float(ends[0]), float(ends[1])
            except ValueError:
                pass
            else:
                if not (isfinite(low) and isfinite(high) and low < high):
                    raise UsageError(f"the range of {text!r} is empty; give two numbers, the smaller first")
                if mode != "fixed" and not (low >= 0 and high <= 100):
                    raise UsageError(f"the percentiles of {text!r} are not from 0 to 100")
                return cls(mode, low + 0.0, high + 0.0)
        raise UsageError(
            f"cannot scale by {text!r}; it is one of {', '.join(_MODES)}, fixed:LO:HI (such as fixed:0:255), "
            "percentile:LO:HI (such as percentile:1:99), map-percentile:LO:HI"
        )

    @property
    def by_map(self) -> bool:
        """Whether each map has a range of its own."""
        return self.mode in ("map", "map-percentile")

    @property
    def by_percentile(self) -> bool:
        """Whether percentiles of the values are the ends."""
        return self.mode in ("percentile", "map-percentile")

    @property
    def clips(self) -> bool:
        """Whether values may lie beyond the range."""
        return self.mode in _WITH_ENDS

    def __str__(self) -> str:
        """Write the range as `parse` reads it."""
        return f"{self.mode}:{self.low!r}:{self.high!r}" if self.clips else self.mode
