"""Layers-models of TensorFlow.js: `model.json`, and the weights in shards beside it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from math import isfinite, prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnviz.errors import ModelError
from cnnviz.interchange.drafting.building import UnsayableError
from cnnviz.interchange.keras.layers import ModelLayer
from cnnviz.interchange.keras.weights import Store, StoredArray
from cnnviz.io.files import open_regular, show_path
from cnnviz.layers.base import Array, Shape

_TYPES = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "uint8": "u1", "uint16": "<u2", "bool": "u1"}
_QUANTISED = ("uint8", "uint16")


class _Entry(NamedTuple):
    """A weight of the manifest.

    Attributes:
        name: Its name, such as `conv_1/kernel`.
        shape: Its shape.
        stored: The type in the shards.
        scale: What whole numbers are multiplied by.
        minimum: What is added then.
        shards: The files of its group, with their sizes, one after the other.
        start: Where it begins in them.
    """

    name: str
    shape: Shape
    stored: str
    scale: float
    minimum: float
    shards: tuple[tuple[Path, int], ...]
    start: int


class ShardStore(Store):
    """The weights of a layers-model: by the names of layers and weights.

    Args:
        path: The `model.json`.
        manifest: Its `weightsManifest`.

    Raises:
        ModelError: If the manifest is damaged, or names a file that is not in the model's own folder.
    """

    def __init__(self, path: Path, manifest: Any) -> None:
        super().__init__()
        shown = show_path(path)
        self.owners: dict[str, list[_Entry]] = defaultdict(list)
        if not isinstance(manifest, list):
            raise ModelError(f"{shown}: its weightsManifest is no list")
        names: set[str] = set()
        for group in manifest:
            for entry in _group(path, group):
                if entry.name in names:
                    raise ModelError(f"{shown} lists the weight {entry.name:.200} twice")
                names.add(entry.name)
                self.owners[entry.name.rpartition("/")[0]].append(entry)
        self.last: dict[str, list[str]] = defaultdict(list)
        for owner in self.owners:
            self.last[owner.rpartition("/")[2]].append(owner)

    def find(self, layer: ModelLayer) -> Sequence[StoredArray]:
        path = layer.path
        owners = ["/".join(path[start:]) for start in range(len(path))]
        owner = next((owner for owner in owners if owner in self.owners), None)
        if owner is None:
            ends = self.last.get(path[-1], [])
            if len(ends) > 1:
                raise UnsayableError("the file has weights of several layers of this name")
            if not ends:
                return ()
            owner = ends[0]
        return [StoredArray(entry.name, entry.shape, partial(_read, entry)) for entry in self.owners[owner]]


def _group(path: Path, group: Any) -> list[_Entry]:
    shown = show_path(path)
    paths = group.get("paths") if isinstance(group, dict) else None
    weights = group.get("weights") if isinstance(group, dict) else None
    if not isinstance(paths, list) or not isinstance(weights, list):
        raise ModelError(f"{shown}: an entry of its weightsManifest has no paths with weights")
    if len({str(name) for name in paths}) < len(paths):
        raise ModelError(f"{shown} names a file of weights twice")
    shards = tuple(_shard(path, name) for name in paths)
    start = 0
    found = []
    for weight in weights:
        entry = _entry(weight, shards, start, shown)
        found.append(entry)
        start += prod(entry.shape) * np.dtype(_TYPES[entry.stored]).itemsize
    total = sum(size for _, size in shards)
    if total != start:
        names = ", ".join(str(name)[:100] for name in paths[:5])
        raise ModelError(f"{shown}: its weights take {start:,} bytes, but {names} have {total:,}; was it copied whole?")
    return found


def _entry(weight: Any, shards: tuple[tuple[Path, int], ...], start: int, shown: str) -> _Entry:
    name, shape, dtype = (weight.get(key) if isinstance(weight, dict) else None for key in ("name", "shape", "dtype"))
    if not isinstance(name, str) or not isinstance(shape, list) or not isinstance(dtype, str):
        raise ModelError(f"{shown}: an entry of its weightsManifest has no name, shape and dtype")
    if not all(isinstance(length, int) and not isinstance(length, bool) and 0 <= length < 2**40 for length in shape):
        raise ModelError(f"{shown}: the shape of the weight {name:.200} is none")
    quantised = weight.get("quantization")
    scale, minimum, stored = 1.0, 0.0, dtype
    if quantised is not None:
        if not isinstance(quantised, Mapping):
            raise ModelError(f"{shown}: how the weight {name:.200} is quantised cannot be read")
        stored = str(quantised.get("dtype"))
        if stored in _QUANTISED:
            numbers = [quantised.get("scale"), quantised.get("min")]
            if not all(isinstance(n, int | float) and not isinstance(n, bool) and isfinite(n) for n in numbers):
                raise ModelError(f"{shown}: how the weight {name:.200} is quantised cannot be read")
            scale, minimum = map(float, numbers)  # type: ignore[arg-type]
    if stored not in _TYPES or (stored in _QUANTISED and quantised is None):
        raise ModelError(f"{shown}: the weight {name:.200} holds {stored:.50}, which cannot be read")
    return _Entry(name, tuple(shape), stored, scale, minimum, shards, start)


def _shard(path: Path, name: Any) -> tuple[Path, int]:
    shown = show_path(path)
    if not isinstance(name, str) or not name or name in (".", "..") or set(name) & set("/\\:\0"):
        raise ModelError(f"{shown} names {name!r:.200} as its weights; only files in its own folder are read")
    shard = path.parent / name
    if shard.is_symlink():
        raise ModelError(f"{shown}: {show_path(name)} is a link, which is not followed; put the file itself there")
    with open_regular(shard, ModelError, f"{shown}: {show_path(name)}") as descriptor:
        return shard, os.fstat(descriptor).st_size


def _read(entry: _Entry) -> Array:
    kind = np.dtype(_TYPES[entry.stored])
    data = bytearray(prod(entry.shape) * kind.itemsize)
    start, filled = entry.start, 0
    for shard, size in entry.shards:
        if start < size and filled < len(data):
            with open_regular(shard, ModelError) as descriptor, open(descriptor, "rb", 0, closefd=False) as file:
                file.seek(start)
                part = memoryview(data)[filled : filled + size - start]
                while part and (count := file.readinto(part)):
                    part = part[count:]
                    filled += count
        start = max(start - size, 0)
    if filled < len(data):
        raise ModelError(f"{show_path(entry.shards[0][0])} has changed while it was in use; start again")
    array = np.frombuffer(data, kind).reshape(entry.shape)
    if entry.stored in _QUANTISED:
        # As TensorFlow.js does it: in float32.
        return array.astype(np.float32) * np.float32(entry.scale) + np.float32(entry.minimum)
    return array.astype(np.float32)
