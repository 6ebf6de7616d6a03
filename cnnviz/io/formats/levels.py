"""What formats have in common: compressed bytes, numbers of few bits, palettes."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray


def inflate(data: bytes, size: int) -> bytes:
    """Decompress a zlib stream up to what is wanted.

    Returns:
        `size` bytes; fewer if the stream ends before, properly or not.

    Raises:
        zlib.error: If the stream is damaged.
    """
    inflater = zlib.decompressobj()
    found = inflater.decompress(data, size)
    # The stream's own end has its checksum.
    if not inflater.eof and not inflater.decompress(inflater.unconsumed_tail, 1) and not inflater.eof:
        return b""
    return found


def unpack_bits(rows: NDArray[np.uint8], bits: int, width: int) -> NDArray[np.uint8]:
    """Take rows of bytes apart, the first number in the highest bits.

    Args:
        rows: `(H, bytes)`.
        bits: Bits per number: 1, 2, 4 or 8.
        width: Numbers wanted per row.
    """
    rows = rows[:, : -(width * bits // -8)]
    if bits == 8:
        return rows
    shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
    numbers = rows[..., None] >> shifts & np.uint8((1 << bits) - 1)
    return numbers.reshape(len(rows), -1)[:, :width]


def expand_palette(indices: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give each index its colour; what a short palette lacks is black.

    Args:
        indices: `(H, W)`.
        palette: `(N, 3)` RGB.

    Returns:
        `(H, W, 3)`.
    """
    table = np.zeros((256, 3), np.uint8)
    table[: len(palette)] = palette
    return table[indices]
