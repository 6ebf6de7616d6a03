"""Small numbers of a few pixels: no library draws them, so that they are the same pixels everywhere."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_ROWS = (
    "### .#. ### ### #.# ### ### ### ### ###",
    "#.# ##. ..# ..# #.# #.. #.. ..# #.# #.#",
    "#.# .#. ### .## ### ### ### .#. ### ###",
    "#.# .#. #.. ..# ..# ..# #.# .#. #.# ..#",
    "### ### ### ### ..# ### ### .#. ### ###",
)
"""The digits from 0 to 9, a column apart."""

_WIDE, _HIGH = 3, len(_ROWS)


def number_size(digits: int) -> tuple[int, int]:
    """Return height and width of a number of so many digits, in pixels of its letters."""
    return _HIGH, digits * (_WIDE + 1) - 1


def number_mask(number: int, scale: int = 1) -> NDArray[np.bool_]:
    """Draw a whole number from 0 on.

    Args:
        number: The number.
        scale: How large each pixel of its digits is.

    Returns:
        Where there is ink, `(H, W)`.
    """
    gap = np.zeros((_HIGH, 1), np.bool_)
    parts = [part for digit in str(number) for part in (gap, _digits()[int(digit)])][1:]
    return np.hstack(parts).repeat(scale, 0).repeat(scale, 1)


@cache
def _digits() -> tuple[NDArray[np.bool_], ...]:
    ink = np.array([[mark == "#" for mark in row] for row in _ROWS])
    return tuple(ink[:, first : first + _WIDE] for first in range(0, ink.shape[1], _WIDE + 1))
