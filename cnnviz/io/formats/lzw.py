"""The compression of GIF and TIFF (CompuServe GIF89a, appendix F; TIFF 6.0, section 13).

No library does this: libtiff tells of damage on the standard error stream alone, and Pillow's GIF takes codes that end
early for the whole picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

_MOST_BITS = 12
_TABLE = 1 << _MOST_BITS


class LzwError(Exception):
    """The codes are no text."""


def lzw_decode(data: bytes, size: int, literal_bits: int, tiff: bool) -> bytes:
    """Decode as much as is wanted.

    Args:
        data: The codes, packed.
        size: Bytes wanted; more is thrown away.
        literal_bits: How many bits the numbers have that were compressed.
        tiff: Whether codes are packed from the highest bit on, and widen one code early, as in TIFF; else as in GIF.

    Returns:
        `size` bytes, or fewer if the codes end before.

    Raises:
        LzwError: If a code has no meaning yet.
    """
    parts: list[bytes] = []
    length = 0
    for codes in _stretches(data, literal_bits, tiff):
        parts.append(_expand(codes, 1 << literal_bits))
        length += len(parts[-1])
        if length >= size:
            break
    return b"".join(parts)[:size]


def _expand(codes: NDArray[np.int32], literals: int) -> bytes:
    """Decode what stands between two clear codes.

    The text of the entry that code number `k` adds to the table is what that code stands for and the byte behind it: it
    stands in the output already. So each byte is a copy of one before it, and those are followed to the literals, for
    all bytes at once.
    """
    total = len(codes)
    first = literals + 2
    numbers = np.arange(total, dtype=np.int32)
    literal = codes < literals
    sources = np.where(literal, numbers, codes - first)
    if np.any(~literal & (sources >= numbers)):
        raise LzwError("a code stands for nothing yet")
    lengths = 1 + _depths(sources)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    origins = np.arange(ends[-1] if total else 0, dtype=np.int32)
    origins += np.repeat((starts[sources] - starts).astype(np.int32), lengths)
    values = np.zeros(len(origins), np.uint8)
    values[starts[literal]] = codes[literal]
    return values[_roots(origins)].tobytes()


def _roots(sources: NDArray[np.int32]) -> NDArray[np.int32]:
    """Follow each place to the one that is its own source."""
    while True:
        further = sources[sources]
        if np.array_equal(further, sources):
            return sources
        sources = further


def _depths(sources: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count the steps from each place to the one that is its own source."""
    depths: NDArray[np.int64] = (sources != np.arange(len(sources))).astype(np.int64)
    while True:
        further = sources[sources]
        if np.array_equal(further, sources):
            return depths
        depths = depths + depths[sources]
        sources = further


def _stretches(data: bytes, literal_bits: int, tiff: bool) -> Iterator[NDArray[np.int32]]:
    """Unpack the codes from one clear code to the next, up to the end code or the end of the data.

    A code's width depends on how many came before: the widths are known in advance up to the next clear code.
    """
    octets = np.frombuffer(data + bytes(3), np.uint8).astype(np.int32)
    clear, after_clear = 1 << literal_bits, _widths(literal_bits, tiff)
    position, widths = 0, after_clear
    parts: list[NDArray[np.int32]] = []
    while True:
        ends = position + np.cumsum(widths)
        ends = ends[: np.searchsorted(ends, 8 * len(data), "right")]
        codes = _unpack(octets, ends, widths[: len(ends)], tiff)
        marks = np.flatnonzero((codes | 1) == clear + 1)
        mark = int(marks[0]) if len(marks) else None
        parts.append(codes[:mark])
        if mark is None and len(ends) == len(widths):
            # The table is full: the width stays.
            position, widths = int(ends[-1]), np.full(_TABLE, _MOST_BITS)
            continue
        yield np.concatenate(parts)
        if mark is None or codes[mark] != clear:
            return
        position, widths, parts = int(ends[mark]), after_clear, []


def _unpack(
    octets: NDArray[np.int32], ends: NDArray[np.int64], widths: NDArray[np.int64], highest_first: bool
) -> NDArray[np.int32]:
    first = ends - widths
    at, skipped = first >> 3, first & 7
    one, two, three = octets[at], octets[at + 1], octets[at + 2]
    if highest_first:
        window, shift = one << 16 | two << 8 | three, 24 - skipped - widths
    else:
        window, shift = one | two << 8 | three << 16, skipped
    codes: NDArray[np.int32] = (window >> shift & (1 << widths) - 1).astype(np.int32)
    return codes


@cache
def _widths(literal_bits: int, early: bool) -> NDArray[np.int64]:
    """Return the width of every code behind a clear code, until the table is full."""
    first = (1 << literal_bits) + 2
    # The first code adds nothing to the table.
    sizes = np.append(first, np.arange(first, _TABLE + 1)) + early
    return np.minimum(np.frexp(sizes.astype(np.float64))[1], _MOST_BITS).astype(np.int64)
