"""How a weight lies in a file: what libhdf5 would take any memory for, or read from elsewhere, is refused."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from math import prod
from typing import Any

from cnnviz.errors import WeightsError
from cnnviz.io.files import show_path
from cnnviz.io.hdf5.library import h5py

_LARGEST_CHUNK = 1 << 26
_LARGEST_LZF = 1 << 22
"""A chunk of LZF may say that it is 88 times as large as it should be, and nobody but its own code reads it."""

_DEFLATE, _LZF = h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_LZF
_FILTERS = {_DEFLATE, _LZF, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
_SMALL = 1 << 14
"""Bytes that never become many: at most 1032 times as many by deflate."""


def check_storage(dataset: h5py.Dataset, where: str) -> None:
    """Refuse a weight that lies in other files, or is packed in ways that are not known.

    Args:
        dataset: The weight.
        where: What messages call it.

    Raises:
        WeightsError: If it is to be refused.
    """
    if dataset.is_virtual or dataset.external:
        raise WeightsError(f"{where} has its values in other files, which are not read; write them into this one")
    filters = _filters(dataset)
    for number, label in filters:
        if number not in _FILTERS or not h5py.h5z.filter_avail(number):
            raise WeightsError(
                f"{where} is compressed with filter {number} ({show_path(label)}), "
                f"which cannot be read here; write it without compression, or with gzip"
            )
    numbers = [number for number, _ in filters]
    packed = [place for place, number in enumerate(numbers) if number in (_DEFLATE, _LZF)]
    if len(packed) > 1 or (packed and h5py.h5z.FILTER_SHUFFLE in numbers[packed[0] :]):
        raise WeightsError(f"{where} is compressed, and then mixed or compressed again; write it with gzip alone")
    if dataset.chunks and _chunk_bytes(dataset) > (_LARGEST_LZF if _LZF in numbers else _LARGEST_CHUNK):
        raise WeightsError(f"{where} has chunks of {dataset.chunks}, too large; write it without chunks")


def check_chunks(dataset: h5py.Dataset) -> None:
    """Refuse a weight of which a chunk would become larger than it should be: libhdf5 unpacks whatever comes.

    Raises:
        ValueError: If there is such a chunk.
    """
    numbers = [number for number, _ in _filters(dataset)]
    if _DEFLATE not in numbers and _LZF not in numbers:
        return
    wanted = _chunk_bytes(dataset)
    most = wanted + wanted // 100 + _SMALL  # what does not become smaller is packed all the same
    for chunk in _chunks(dataset):
        if chunk.size > most:
            raise ValueError(f"a chunk of {wanted} bytes has {chunk.size}")
        if chunk.size > _SMALL and _DEFLATE in numbers:
            mask, packed = dataset.id.read_direct_chunk(chunk.chunk_offset)
            if not mask and len(zlib.decompressobj().decompress(packed, most)) >= most:
                raise ValueError(f"a chunk of {wanted} bytes becomes larger")


def _filters(dataset: h5py.Dataset) -> list[tuple[int, str]]:
    properties = dataset.id.get_create_plist()
    found = (properties.get_filter(i) for i in range(properties.get_nfilters()))
    return [(number, label.decode(errors="replace")) for number, *_, label in found]


def _chunk_bytes(dataset: h5py.Dataset) -> int:
    size: int = prod(dataset.chunks) * dataset.id.get_type().get_size()
    return size


def _chunks(dataset: h5py.Dataset) -> Iterator[Any]:
    found: list[Any] = []
    dataset.id.chunk_iter(found.append)
    yield from found
