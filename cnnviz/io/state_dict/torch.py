"""Files of `torch.save`: a zip of a pickle and of raw numbers since PyTorch 1.6, pickles in a row before."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from cnnviz.errors import WeightsError
from cnnviz.io.files import show_path
from cnnviz.io.state_dict.model import ITEM_BYTES, Tensor
from cnnviz.io.state_dict.unpickling import EXPORT, Piece, Storage, unpickle

_PICKLE_LIMIT = 1 << 26
"""Bytes of a pickle without its numbers: those of the largest networks take a few mebibytes."""

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "net", "params", "weights", "module")
"""Under these names a checkpoint keeps the weights, beside what training needs."""


def read_zip(file: BinaryIO, shown: str) -> dict[str, Tensor]:
    """Read what a zip of `torch.save` holds.

    Raises:
        WeightsError: If it is damaged, or holds more than weights.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = {info.filename: info for info in archive.infolist()}
            main = next((name for name in entries if name.rpartition("/")[2] == "data.pkl"), None)
            if main is None:
                raise WeightsError(f"{shown} is a zip, but none of torch.save: it has no data.pkl")
            if entries[main].file_size > _PICKLE_LIMIT:
                raise WeightsError(f"{shown}: its data.pkl is absurdly large")
            folder = main[: -len("data.pkl")]
            order = entries.get(f"{folder}byteorder")
            big_endian = order is not None and order.file_size < 16 and archive.read(order) == b"big"
            data = archive.read(main)
        storages: dict[str, Storage] = {}
        held, _ = unpickle(data, storages, shown)
        starts = {}
        for key, storage in storages.items():
            info = entries.get(f"{folder}data/{key}")
            if info is None or info.compress_type != zipfile.ZIP_STORED:
                raise WeightsError(f"{shown} is damaged: the numbers of storage {key!r} are missing")
            if info.file_size < storage.length * ITEM_BYTES[storage.dtype]:
                raise WeightsError(f"{shown} is damaged: storage {key!r} is too short")
            starts[key] = _start(file, info)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        struct.error,
    ) as error:
        raise WeightsError(f"{shown} is a damaged zip: {error}") from error
    return _placed(held, starts, big_endian, shown)


def read_legacy(file: BinaryIO, shown: str) -> dict[str, Tensor]:
    """Read what `torch.save` wrote before PyTorch 1.6: pickles in a row, then the numbers.

    Raises:
        WeightsError: If it is damaged, or holds more than weights.
    """
    data = file.read(_PICKLE_LIMIT)
    at = 0
    found = []
    storages: dict[str, Storage] = {}
    for number in range(5):
        held, took = unpickle(data[at:], storages, shown)
        at += took
        found.append(held)
        if number == 0 and held != _MAGIC:
            raise WeightsError(f"{shown} is a pickle, but none of torch.save; {EXPORT}")
    _, protocol, system, held, keys = found
    if protocol != _PROTOCOL or not isinstance(system, dict) or not isinstance(keys, list):
        raise WeightsError(
            f"{shown} is of a version of torch.save that is not known; load and save it with a newer PyTorch"
        )
    starts = {}
    for key in keys:
        if key not in storages:
            raise WeightsError(f"{shown} is damaged: it lists storage {show_path(str(key))}, which no tensor has")
        starts[key] = at + 8
        at += 8 + storages[key].length * ITEM_BYTES[storages[key].dtype]
    if file.seek(0, 2) < at or starts.keys() != storages.keys():
        raise WeightsError(f"{shown} is cut short")
    return _placed(held, starts, not system.get("little_endian", True), shown)


def _start(file: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Return where the bytes of a stored entry begin."""
    file.seek(info.header_offset)
    header = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    return info.header_offset + _LOCAL_HEADER.size + int(header[-2]) + int(header[-1])


def _placed(held: Any, starts: Mapping[str, int], big_endian: bool, shown: str) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for name, piece in _pieces(held, shown):
        size = ITEM_BYTES[piece.storage.dtype]
        start = starts[piece.storage.key] + piece.offset * size
        tensors[name] = piece.tensor._replace(start=start, big_endian=big_endian)
    return tensors


def _pieces(held: Any, shown: str) -> Iterator[tuple[str, Piece]]:
    """Go over the tensors of a state dict, or of the one in a checkpoint."""
    for _ in range(4):
        if not isinstance(held, Mapping):
            break
        pieces = [(name, piece) for name, piece in held.items() if isinstance(name, str) and type(piece) is Piece]
        if pieces:
            yield from pieces
            return
        held = next((held[name] for name in _WRAPPERS if isinstance(held.get(name), Mapping)), None)
    raise WeightsError(f"{shown} holds no state dict: no tensors by name; {EXPORT}")
