"""Numbers short enough for a cell."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_WHOLE = 99_999


class Format(NamedTuple):
    """How the numbers of one kind are written, all alike.

    Attributes:
        decimals: Digits after the point; None for powers of ten.
    """

    decimals: int | None

    @classmethod
    def of(cls, values: NDArray[Any]) -> Format:
        """Choose one for numbers of a kind: whole numbers stay whole, others get about three digits."""
        finite = np.asarray(values, np.float64)[np.isfinite(values)]
        largest = float(np.abs(finite).max(initial=0))
        if largest <= _WHOLE and (finite == np.round(finite)).all():
            return cls(0)
        if largest > _WHOLE or largest < 0.01:
            return cls(None)
        return cls(0 if largest >= 100 else 1 if largest >= 10 else 2)

    def write(self, value: float) -> str:
        """Write a number."""
        if not np.isfinite(value):
            return "nan" if np.isnan(value) else ("∞" if value > 0 else "-∞")
        if value == 0:
            return "0"
        if self.decimals is None:
            mantissa, exponent = f"{value:.0e}".split("e")
            return f"{mantissa}e{int(exponent)}"
        text = f"{value:.{self.decimals}f}"
        return text.removeprefix("-") if float(text) == 0 else text

    def table(self, values: NDArray[Any]) -> list[list[str]]:
        """Write numbers row by row."""
        return [[self.write(value) for value in row] for row in values]

    def loses(self, values: NDArray[Any]) -> bool:
        """Tell whether any of some numbers is written with less than all of its digits."""
        known = np.asarray(values, np.float64)
        return any(float(self.write(value)) != value for value in known[np.isfinite(known)].flat)
