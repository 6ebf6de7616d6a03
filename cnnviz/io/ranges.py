"""Ranges as they are written in Python: `0:8000`, `8000:`, `-2000:`."""

from __future__ import annotations

import re

from cnnviz.errors import UsageError

_RANGE = re.compile(r" *(-?[0-9]{1,18})? *: *(-?[0-9]{1,18})? *")


def parse_range(text: str) -> slice:
    """Read a range.

    Args:
        text: Such as `0:8000`; an end that is left out is the data's own, a negative one counts from there.

    Raises:
        UsageError: If it is none.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise UsageError(f"expected a range A:B as Python slices, such as 0:8000 or 8000:, got {text!r:.60}")
    return slice(*(None if end is None else int(end) for end in match.groups()))
