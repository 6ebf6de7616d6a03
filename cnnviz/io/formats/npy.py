"""Arrays in NumPy's own file format (NEP 1), read without any of its ways to run code.

No library does this: `numpy.lib.format` takes sides below 0, prints warnings, and has no public reader of version 3.
"""

from __future__ import annotations

import ast
import re
import struct
from functools import partial
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.io.formats.header import Header, cut_short

NAME = ".npy"
_LONGEST_HEADER = 10_000
_REAL = re.compile(r"[<>|=]?(b1|[iu][1248]|f(2|4|8|12|16))")


def inspect(data: bytes) -> Header:
    """Read an array's header and hold it to what can be an input: real numbers, `(H, W)` or `(H, W, C)`."""
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
    height, width, *_ = shape
    return Header(height, width, partial(_decode, data, shape, dtype, "F" if fortran else "C", start + length))


def _decode(
    data: bytes, shape: tuple[int, ...], dtype: np.dtype[Any], order: Literal["C", "F"], start: int
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return the array in the file's dtype, in the machine's byte order."""
    numbers = prod(shape)
    missing = start + numbers * dtype.itemsize - len(data)
    if missing > 0:
        raise cut_short(NAME, f"{missing:,} bytes are missing")
    array = np.frombuffer(data, dtype, numbers, start).reshape(shape, order=order)
    array = array.astype(dtype.newbyteorder("="), copy=False)
    wrong = array.size - int(np.count_nonzero(np.isfinite(array)))
    return array, (f"not finite: {wrong:,} of its {array.size:,} numbers",) if wrong else ()
