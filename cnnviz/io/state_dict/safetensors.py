"""Files of safetensors, whose header its own library reads and checks."""

from __future__ import annotations

import struct
from itertools import accumulate
from math import prod

from cnnviz.errors import UsageError, WeightsError
from cnnviz.io.state_dict.model import ITEM_BYTES, Tensor

_DTYPES = {
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
}


def read_safetensors(path: str, shown: str) -> dict[str, Tensor]:
    """Read what a file of safetensors holds.

    Raises:
        UsageError: If the library is missing.
        WeightsError: If the file is damaged, or holds a type that is not known.
    """
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as problem:
        raise UsageError(
            f"{shown} needs a package that is missing ({problem}): pip install 'cnnviz[safetensors]'"
        ) from problem
    try:
        with safe_open(path, framework="numpy") as file, open(path, "rb") as raw:  # noqa: PTH123
            names = list(file.offset_keys())
            parts = [file.get_slice(name) for name in names]
            known = [(part.get_dtype(), tuple(part.get_shape())) for part in parts]
            header = 8 + struct.unpack("<Q", raw.read(8))[0]
    except (SafetensorError, OSError, ValueError, struct.error) as error:
        raise WeightsError(f"{shown} is no sound file of safetensors: {error}") from error
    tensors: dict[str, Tensor] = {}
    start = header
    for name, (dtype, shape) in zip(names, known, strict=True):
        if dtype not in _DTYPES:
            raise WeightsError(f"{shown}: {name!r} is of the type {dtype}, which is not known")
        strides = tuple(accumulate(shape[:0:-1], int.__mul__, initial=1))[::-1] if shape else ()
        tensors[name] = Tensor(shape, _DTYPES[dtype], start, strides)
        start += prod(shape) * ITEM_BYTES[_DTYPES[dtype]]
    return tensors
