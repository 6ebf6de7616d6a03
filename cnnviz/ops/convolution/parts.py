"""How a length is cut where loops or products of a certain length are the quickest."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Parts(NamedTuple):
    """Parts of equal length, and what is left.

    Attributes:
        number: How many of them.
        length: The length of each.
        rest: What is left.
    """

    number: int
    length: int
    rest: int


def even_part(length: int, most: int) -> int:
    """Return how long parts of at most `most` are that are as few and as equal as can be; the last may be shorter."""
    return -(-length // -(-length // most))


@cache
def parts_of(length: int, most: int) -> Parts:
    """Cut a length into parts of at most `most`, but at least half as long: without a rest if that can be.

    Args:
        length: At least 1.
        most: At least 1.
    """
    if length <= most:
        return Parts(1, length, 0)
    for part in range(most, (most - 1) // 2, -1):
        if length % part == 0:
            return Parts(length // part, part, 0)
    part = even_part(length, most)
    return Parts(length // part, part, length % part)
