"""What a state dict holds, whatever file it came in: tensors by dotted names, each a piece of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import WeightsError
from cnnviz.io.files import file_sha256, file_state, open_regular, show_path

_FLOATS = {"float16": "f2", "bfloat16": "u2", "float32": "f4", "float64": "f8"}

_COUNTERS = {"num_batches_tracked"}

ITEM_BYTES = {
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "complex64": 8,
    "complex128": 16,
}
"""Bytes per number of each type."""


class Tensor(NamedTuple):
    """A tensor of a state dict.

    Attributes:
        shape: Lengths of its axes, as PyTorch has them.
        dtype: Its type, as PyTorch calls it: a key of `ITEM_BYTES`.
        start: The byte of the file at which its first number begins.
        strides: Numbers from one place to the next along each axis, in the file.
        big_endian: Whether the highest byte of a number comes first.
    """

    shape: tuple[int, ...]
    dtype: str
    start: int
    strides: tuple[int, ...]
    big_endian: bool = False

    @property
    def reach(self) -> int:
        """Count the numbers from the first to the last."""
        if 0 in self.shape:
            return 0
        return 1 + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))


@dataclass(frozen=True)
class StateDict:
    """The tensors of a file by name; the numbers stay in the file until they are read.

    Attributes:
        path: The file.
        name: What to call it in messages.
        tensors: The tensors in the file's order.
        state: What tells whether the file is still the same.
        classes: Names of classes: such a file says none.
    """

    path: str
    name: str
    tensors: Mapping[str, Tensor]
    state: tuple[int, ...]
    classes: tuple[str, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """The hash of the file's content."""
        return file_sha256(self.path, WeightsError)

    @cached_property
    def layers(self) -> dict[str, dict[str, str]]:
        """The tensors of each module, the full name by its last part; counters of training left out."""
        modules: dict[str, dict[str, str]] = {}
        for full in self.tensors:
            module, _, last = full.rpartition(".")
            if last not in _COUNTERS:
                modules.setdefault(module, {})[last] = full
        return modules

    def read(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Read tensors.

        Args:
            names: Some of `tensors`.

        Returns:
            Float32 arrays in C order, by name.

        Raises:
            WeightsError: If a tensor holds no floating numbers, or the file is damaged or no longer the same.
        """
        shown = show_path(self.name)
        for name in names:
            if self.tensors[name].dtype not in _FLOATS:
                raise WeightsError(f"{shown}: {show_path(name)} is of {self.tensors[name].dtype}, no floating type")
        if file_state(self.path, WeightsError) != self.state:
            raise WeightsError(f"{shown} has changed while it was in use; start again")
        with open_regular(self.path, WeightsError) as descriptor, open(descriptor, "rb", 0, closefd=False) as file:
            found = {}
            for name in names:
                tensor = self.tensors[name]
                file.seek(tensor.start)
                data = file.read(tensor.reach * ITEM_BYTES[tensor.dtype])
                if len(data) < tensor.reach * ITEM_BYTES[tensor.dtype]:
                    raise WeightsError(f"{shown} is cut short: {show_path(name)} ends beyond it")
                found[name] = _to_float32(data, tensor)
            return found


def check_tensor(tensor: Tensor, room: int) -> None:
    """Refuse a tensor whose numbers do not all have a place of their own.

    Args:
        tensor: The tensor.
        room: How many numbers there are from its first on.

    Raises:
        ValueError: If it reaches beyond, or has more numbers than that.
    """
    if len(tensor.shape) != len(tensor.strides) or min((0, *tensor.shape, *tensor.strides)) < 0:
        raise ValueError("a tensor's shape or strides are absurd")
    if tensor.reach > room or prod(tensor.shape) > max(tensor.reach, 0):
        raise ValueError("a tensor is larger than its storage")


def _to_float32(data: bytes, tensor: Tensor) -> NDArray[Any]:
    values = np.frombuffer(data, np.dtype(_FLOATS[tensor.dtype]).newbyteorder(">" if tensor.big_endian else "<"))
    if tensor.dtype == "bfloat16":
        values = (values.astype(np.uint32) << 16).view(np.float32)
    strides = tuple(stride * values.itemsize for stride in tensor.strides)
    view = np.lib.stride_tricks.as_strided(values, tensor.shape, strides, writeable=False)
    return np.array(view, np.float32, order="C")
