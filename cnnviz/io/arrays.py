"""Arrays in NumPy's own file format, never pickled."""

from __future__ import annotations

import io
from math import prod
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from cnnviz.errors import ImageError

MAGIC = b"\x93NUMPY"
_KINDS = "biuf"


def read_header(data: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Read an array's header and hold it to what can be an input.

    Returns:
        The shape, whether the order is Fortran's, the dtype, and where the numbers start.

    Raises:
        ImageError: If it is damaged, no array of real numbers, or not height x width (x channels).
    """
    stream = io.BytesIO(data[:65536])
    try:
        version = npy.read_magic(stream)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
        shape, fortran, dtype = read(stream)
    except (ValueError, KeyError, TypeError, RecursionError, MemoryError):
        raise ImageError("the .npy file is damaged: its header cannot be read") from None
    if dtype.kind not in _KINDS:
        raise ImageError(f"the .npy file holds {dtype}, not real numbers")
    if len(shape) not in (2, 3):
        raise ImageError(f"the .npy file has shape {shape}, not (height, width) or (height, width, channels)")
    if min(shape) < 1:
        raise ImageError(f"the .npy file has shape {shape}: an axis is empty")
    return shape, fortran, dtype, stream.tell()


def read_array(data: bytes) -> NDArray[Any]:
    """Read an array.

    Args:
        data: The whole file.

    Returns:
        `(H, W)` or `(H, W, C)` in the file's dtype, in the machine's byte order.

    Raises:
        ImageError: As `read_header`, or if numbers are missing.
    """
    shape, fortran, dtype, start = read_header(data)
    missing = start + prod(shape) * dtype.itemsize - len(data)
    if missing > 0:
        raise ImageError(f"the .npy file is cut short: {missing:,} bytes are missing")
    array = np.frombuffer(data, dtype, prod(shape), start).reshape(shape, order="F" if fortran else "C")
    return array.astype(dtype.newbyteorder("="), copy=False)
