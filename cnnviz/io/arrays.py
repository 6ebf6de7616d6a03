"""Arrays in NumPy's own file format (NEP 1), read without any of its ways to run code.

No library does this: `numpy.lib.format` takes sides below 0, prints warnings, and has no public reader of version 3.
"""

from __future__ import annotations

import ast
import re
import struct
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError

MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
_REAL = re.compile(r"[<>|=]?(b1|[iu][1248]|f(2|4|8|12|16))")


class ArrayHeader(NamedTuple):
    """What stands before an array's numbers.

    Attributes:
        shape: `(H, W)` or `(H, W, C)`.
        dtype: Real numbers, in the file's byte order.
        fortran: Whether the first axis changes fastest.
        start: Where the numbers begin.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    start: int


def read_header(data: bytes) -> ArrayHeader:
    """Read an array's header and hold it to what can be an input.

    Raises:
        ImageError: If it is damaged, no array of real numbers, or not height x width (x channels).
    """
    try:
        start, length = (12, struct.unpack_from("<I", data, 8)[0]) if data[6] > 1 else (10, data[8] + 256 * data[9])
        if length > _LONGEST_HEADER:
            raise ValueError("too long a header")
        header = ast.literal_eval(data[start : start + length].decode("latin-1").strip())
        kind, shape, fortran = header["descr"], header["shape"], header["fortran_order"]
        sides = [axis for axis in shape if type(axis) is int and axis >= 0]
        if type(shape) is not tuple or len(sides) != len(shape):
            raise ValueError("no shape")
    except (ValueError, IndexError, KeyError, TypeError, SyntaxError, struct.error, RecursionError, MemoryError):
        raise ImageError("the .npy file is damaged: its header cannot be read") from None
    if not isinstance(kind, str) or not _REAL.fullmatch(kind):
        raise ImageError(f"the .npy file holds numbers of kind {kind!r}; only real numbers can be drawn")
    if len(shape) not in (2, 3):
        raise ImageError(f"the .npy file has shape {shape}, not (height, width) or (height, width, channels)")
    if 0 in shape:
        raise ImageError(f"the .npy file has shape {shape}: an axis is empty")
    try:
        dtype = np.dtype(kind)
    except TypeError:
        raise ImageError(f"the .npy file holds {kind!r}, which this machine does not know") from None
    return ArrayHeader(shape, dtype, bool(fortran), start + length)


def read_array(data: bytes) -> NDArray[Any]:
    """Read an array.

    Args:
        data: The whole file.

    Returns:
        `(H, W)` or `(H, W, C)` in the file's dtype, in the machine's byte order.

    Raises:
        ImageError: As `read_header`, or if numbers are missing.
    """
    header = read_header(data)
    numbers = prod(header.shape)
    missing = header.start + numbers * header.dtype.itemsize - len(data)
    if missing > 0:
        raise ImageError(f"the .npy file is cut short: {missing:,} bytes are missing")
    array = np.frombuffer(data, header.dtype, numbers, header.start)
    array = array.reshape(header.shape, order="F" if header.fortran else "C")
    return array.astype(header.dtype.newbyteorder("="), copy=False)
