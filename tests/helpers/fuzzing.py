"""How many cases the long tests take."""

from __future__ import annotations

import os


def cases(count: int) -> int:
    """Return so many cases, or the part of them that the environment asks for: `FUZZ_PART=10` takes a tenth."""
    return count // int(os.environ.get("FUZZ_PART", "1"))
