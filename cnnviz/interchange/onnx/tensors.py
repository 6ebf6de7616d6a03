"""Tensors as ONNX stores them, to arrays."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ModelError
from cnnviz.interchange.onnx.external import External, find_external

LARGEST = 2**32
"""Bytes of one tensor."""

# ONNX's number of the type: NumPy's type of the raw bytes, and the field that holds the numbers otherwise.
_TYPES = {
    1: ("<f4", "float_data"),
    2: ("u1", "int32_data"),
    3: ("i1", "int32_data"),
    4: ("<u2", "int32_data"),
    5: ("<i2", "int32_data"),
    6: ("<i4", "int32_data"),
    7: ("<i8", "int64_data"),
    9: ("?", "int32_data"),
    10: ("<f2", "int32_data"),
    11: ("<f8", "double_data"),
    12: ("<u4", "uint64_data"),
    13: ("<u8", "uint64_data"),
    16: ("<u2", "int32_data"),
}
_HALF, _BRAIN = 10, 16


def numpy_type(number: int) -> np.dtype[Any] | None:
    """Return NumPy's type of one of ONNX's, float32 for bfloat16; None if it is not known here."""
    if number == _BRAIN:
        return np.dtype(np.float32)
    return np.dtype(_TYPES[number][0]) if number in _TYPES else None


def text(value: str | bytes) -> str:
    """Return a text of a file, in which protobuf leaves bytes where they are no UTF-8."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


class Stored:
    """A tensor of the file, checked and not yet read.

    Attributes:
        size: Bytes.
    """

    def __init__(self, proto: Any, folder: str, what: str) -> None:
        """Check what a tensor says of itself.

        Args:
            proto: The `TensorProto`.
            folder: Where external data may lie.
            what: What the tensor is, for messages.

        Raises:
            ModelError: If its sizes do not fit each other, or its data lie where they may not.
        """
        if proto.data_type not in _TYPES:
            raise ModelError(f"{what} has numbers of the unknown type {proto.data_type}")
        shape, raw = tuple(proto.dims), np.dtype(_TYPES[proto.data_type][0])
        if any(length < 0 for length in shape) or len(shape) > 32:
            raise ModelError(f"{what} has the impossible shape {list(shape)}")
        self.size = prod(shape) * raw.itemsize
        if self.size > LARGEST:
            raise ModelError(f"{what} of {list(shape)} is too large: {self.size:,} bytes")
        self._shape, self._type, self._proto, self._what = shape, proto.data_type, proto, what
        self._external: External | None = None
        if proto.data_location == 1:
            self._external = find_external(proto.external_data, folder, self.size, what)
        else:
            found = len(proto.raw_data) if proto.HasField("raw_data") else None
            held = found if found is not None else len(getattr(proto, _TYPES[proto.data_type][1])) * raw.itemsize
            if held != self.size:
                raise ModelError(f"{what} of {list(shape)} needs {self.size:,} bytes, the file holds {held:,}")

    def read(self) -> NDArray[Any]:
        """Read the numbers.

        Raises:
            ModelError: If external data cannot be read.
        """
        raw, field = _TYPES[self._type]
        if self._external is not None:
            array = np.frombuffer(self._external.read(self._what), raw)
        elif self._proto.HasField("raw_data"):
            array = np.frombuffer(self._proto.raw_data, raw)
        elif self._type in (_HALF, _BRAIN):
            array = np.array(getattr(self._proto, field), np.uint32).astype(np.uint16).view(raw)
        else:
            array = np.array(getattr(self._proto, field)).astype(raw)
        if self._type == _BRAIN:
            array = (array.astype(np.uint32) << np.uint32(16)).view(np.float32)
        return array.reshape(self._shape)
