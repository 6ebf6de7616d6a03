"""Numbers as all reports, pages and pictures write them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation, localcontext
from math import isfinite

DIGITS = 6
"""Digits of a number that is not whole, wherever it stands: it is the same text in a report, on a page, in a figure."""

NOTHING = "-"
"""Stands where there is no number."""

MINUS = "\N{MINUS SIGN}"
"""Stands before a negative number on pages, in the place of the hyphen of text."""

_WHOLE = 1e9
"""Whole numbers below it are written whole."""


def short(number: float | None, digits: int = DIGITS) -> str:
    """Write a number: a whole one whole, others to some digits, those before the point in any case below a million."""
    if number is None:
        return NOTHING
    if isfinite(number) and abs(number) < _WHOLE and number == int(number):
        return str(int(number))
    return f"{number:.0f}" if 10**digits <= abs(number) < 10**DIGITS else f"{number:.{digits}g}"


def rounded(number: float | None, digits: int = 7) -> float | None:
    """Round to significant digits: the last ones hang on the processor; None where it is not finite."""
    return None if number is None or not isfinite(number) else float(f"{number:.{digits}g}")


def range_text(ends: tuple[float | None, float | None], digits: int = DIGITS) -> str:
    """Write a range: `-1.25 to 3`, `constant 2.5`, or `nothing finite` where there is none."""
    low, high = ends
    if low is None:
        return "nothing finite"
    return f"constant {short(low, digits)}" if low == high else f"{short(low, digits)} to {short(high, digits)}"


def percent(part: float, digits: int = 1, exact: bool = True) -> str:
    """Write a part of a whole; only none at all is 0 % and only all of it is 100 %.

    Args:
        part: From 0 to 1.
        digits: After the point.
        exact: Whether 0 and 1 are none and all; a probability is not, for it was rounded.
    """
    if exact and part in (0, 1):
        return f"{part * 100:.0f} %"
    text, least = f"{part * 100:.{digits}f}", 10**-digits
    if float(text) == 0:
        return f"< {least:.{digits}f} %"
    return f"> {100 - least:.{digits}f} %" if float(text) == 100 else f"{text} %"


def rounding(parts: Iterable[str], total: str) -> str:
    """Write what is missing between the sum of numbers as they are written and that sum as it is written.

    Args:
        parts: Finite or not, as `short` writes them.
        total: Their sum.

    Returns:
        Such as `-0.005`, or nothing where they add up.
    """
    with localcontext(prec=50):
        try:
            off = Decimal(total) - sum(map(Decimal, parts))
        except InvalidOperation:  # infinities
            return ""
        return "" if not off.is_finite() or off == 0 else short(float(off), 2)
