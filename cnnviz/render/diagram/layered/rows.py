"""Where a long flow is broken into rows: only where a single way leads on, and so that the rows are about as long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_MOST, _STEPS = 24, 14
"""Rows of a picture, and steps towards the least length of the longest of them."""


def breakings(lengths: Sequence[float], most: int = _MOST) -> Iterator[list[range]]:
    """Break a line of sections into one, two, three and more rows; the longest row is as short as it can be.

    Args:
        lengths: How long each section is.
        most: Rows.
    """
    seen = set()
    for count in range(1, min(len(lengths), most) + 1):
        low, high = max(lengths), sum(lengths)
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if len(_packed(lengths, middle)) <= count else (middle, high)
        rows = _packed(lengths, high)
        if len(rows) not in seen:
            seen.add(len(rows))
            yield rows


def _packed(lengths: Sequence[float], limit: float) -> list[range]:
    rows: list[range] = []
    start, length = 0, 0.0
    for number, each in enumerate(lengths):
        if number > start and length + each > limit * (1 + 1e-9):
            rows.append(range(start, number))
            start, length = number, 0.0
        length += each
    return [*rows, range(start, len(lengths))]
