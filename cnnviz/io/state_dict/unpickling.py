"""Reading a pickle that may hold anything: tensors and plain data come out, whatever else it names is refused by name.

A pickle is a program that calls what it names. The unpickler here knows the handful of names that a state dict needs,
and what it gives for them makes records of where numbers lie, nothing else.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from cnnviz.errors import WeightsError
from cnnviz.io.state_dict.model import Tensor, check_tensor

_DTYPES = {
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "ByteStorage": "uint8",
    "CharStorage": "int8",
    "ShortStorage": "int16",
    "IntStorage": "int32",
    "LongStorage": "int64",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
}
EXPORT = (
    'save its weights with `torch.save(model.state_dict(), "weights.pth")`, or export all of it with '
    '`torch.onnx.export(model, example, "model.onnx")`'
)
"""What to do about a file that holds more than weights."""


class Storage(NamedTuple):
    """A row of numbers in a file.

    Attributes:
        key: What the file calls it.
        dtype: The type of its numbers.
        length: How many there are.
    """

    key: str
    dtype: str
    length: int


class Piece(NamedTuple):
    """A tensor before it is known where its storage lies.

    Attributes:
        storage: Its storage.
        offset: The number of the storage that is its first.
        tensor: Its shape and strides; it begins nowhere yet.
    """

    storage: Storage
    offset: int
    tensor: Tensor


def unpickle(data: bytes, storages: dict[str, Storage], shown: str) -> tuple[Any, int]:
    """Read one pickle.

    Args:
        data: Begins with the pickle.
        storages: Takes the storages that it names.
        shown: What to call the file.

    Returns:
        What it holds, tensors as `Piece`; and how many bytes it took.

    Raises:
        WeightsError: If it names what no state dict needs, or is damaged.
    """
    stream = io.BytesIO(data)
    try:
        return _Unpickler(stream, storages, shown).load(), stream.tell()
    except WeightsError:
        raise
    except Exception as error:  # a damaged pickle may raise anything
        raise WeightsError(f"{shown} is damaged: it cannot be unpickled ({type(error).__name__})") from error


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, storages: dict[str, Storage], shown: str) -> None:
        super().__init__(stream, encoding="utf-8")
        self._storages = storages
        self._shown = shown

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module in ("torch", "torch.storage") and name in _DTYPES:
            return _DTYPES[name]
        made = _CALLED.get((module, name))
        if made is None:
            raise WeightsError(
                f"{self._shown} holds more than weights: it names {f'{module}.{name}'!r}, which would have to run; "
                f"{EXPORT}"
            )
        return _Called(made)

    def persistent_load(self, pid: Any) -> Storage:
        kind, dtype, key, _, count, *view = pid
        if kind != "storage" or any(part is not None for part in view) or type(count) is not int or count < 0:
            raise ValueError("an odd storage")
        storage = Storage(str(key), str(dtype), count)
        return self._storages.setdefault(storage.key, storage)


class _Called:
    """A function that a pickle can call, and not change."""

    __slots__ = ("_function",)
    _function: Callable[..., Any]

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "_function", function)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *rest: Any) -> Piece:
    shape, strides = tuple(size), tuple(stride)
    if type(storage) is not Storage or any(type(number) is not int for number in (offset, *shape, *strides)):
        raise TypeError("an odd tensor")
    tensor = Tensor(shape, storage.dtype, 0, strides)
    if offset < 0:
        raise ValueError("an odd tensor")
    check_tensor(tensor, storage.length - offset)
    return Piece(storage, offset, tensor)


def _parameter(data: Any, *rest: Any) -> Piece:
    if type(data) is not Piece:
        raise TypeError("an odd parameter")
    return data


_CALLED: dict[tuple[str, str], Callable[..., Any]] = {
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch", "Size"): lambda sizes=(): tuple(sizes),
}
