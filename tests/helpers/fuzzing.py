"""How many cases, and moments, the long tests take."""

from __future__ import annotations

import os


def cases(count: int) -> int:
    """Return so many cases, or the part of them that the environment asks for: `CASES_PART=10` takes a tenth."""
    return max(count // int(os.environ.get("CASES_PART", "1")), 1)


def moments(count: int) -> range:
    """Return so many moments, or the part of them that the environment asks for, evenly apart."""
    return range(0, count, count // cases(count))
