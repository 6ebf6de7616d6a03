"""Reading weights files: an index first, then only the arrays that are asked for.

What such a file can do beside holding numbers (links to other files, values computed on access, chunks of any size)
is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import WeightsError
from cnnviz.io.files import AnyPath, file_sha256, file_state, show_path
from cnnviz.io.hdf5.keras3 import SavedLayer, entries, is_keras_3
from cnnviz.io.hdf5.layout import CLASSES, get_names, has_names, read_plain
from cnnviz.io.hdf5.library import h5py
from cnnviz.io.hdf5.model_config import ConfigLayer, parse_config
from cnnviz.io.hdf5.opening import AS_H5, damage, open_hdf5
from cnnviz.io.hdf5.storage import check_chunks, check_storage

Array = NDArray[Any]
Shape = tuple[int, ...]

_BFLOAT16 = "bfloat16"
FLOATS = ("float16", "float32", "float64", _BFLOAT16)
"""Types of weights, as `StoredWeight` names them."""


class StoredWeight(NamedTuple):
    """A weight in a file.

    Attributes:
        name: The name in `weight_names`, such as `conv_1/kernel:0`.
        path: The path in the file.
        shape: The array's shape.
        dtype: The type as NumPy writes it, such as `float32`, or `bfloat16`; anything else is said in HDF5's words.
        size: Bytes in the file.
    """

    name: str
    path: str
    shape: Shape
    dtype: str
    size: int


@dataclass(frozen=True)
class FileWeights:
    """What a weights file holds; the arrays stay in the file until they are read.

    Attributes:
        path: The file.
        layers: The weights of each layer, in the file's order; layers without weights too.
        state: What tells whether the file is still the same.
        name: What to call it in messages.
        backend: What Keras computed with, such as `theano`; empty if the file does not say.
        keras_version: The version of the Keras that wrote it; empty if the file does not say.
        entries: What a `.weights.h5`, which has no list of names, says of each of `layers`; None for other files.
        config: The layers that a whole model describes, weightless ones too; empty for weights alone.
        remarks: What a user should know of the file.
        classes: What the last layer's units stand for; empty if the file does not say.
        ordered: Whether `entries` are in the order of the model.
    """

    path: str
    layers: Mapping[str, tuple[StoredWeight, ...]]
    state: tuple[int, ...]
    name: str
    backend: str = ""
    keras_version: str = ""
    entries: Mapping[str, SavedLayer] | None = None
    config: tuple[ConfigLayer, ...] = ()
    remarks: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    ordered: bool = True

    @cached_property
    def sha256(self) -> str:
        """The hash of the file's content."""
        return file_sha256(self.path, WeightsError)

    def read(self, wanted: Mapping[str, Mapping[str, StoredWeight]]) -> dict[str, dict[str, Array]]:
        """Read arrays straight into float32.

        Args:
            wanted: The stored weights by names of the caller's choice; their shapes are known to be wanted.

        Raises:
            WeightsError: If the file is damaged, or no longer the same.
        """
        shown = show_path(self.name)
        if file_state(self.path, WeightsError) != self.state:
            raise WeightsError(f"{shown} has changed while it was in use; start again")
        arrays: dict[str, dict[str, Array]] = {}
        with open_hdf5(self.path) as file:
            for layer, weights in wanted.items():
                arrays[layer] = {}
                for name, weight in weights.items():
                    with damage(f"{shown}: {weight.path}"):
                        arrays[layer][name] = _read_float32(file[weight.path], weight)
        return arrays


def read_weights(path: AnyPath, called: str | None = None) -> FileWeights:
    """Read what a weights file holds, in Keras's legacy layout or as a whole model.

    Args:
        path: The `.h5` file.
        called: The file's name in messages from then on; None for its path.

    Raises:
        WeightsError: If it cannot be read, or is no such file.
    """
    path = os.fspath(path)
    shown = show_path(path)
    state = file_state(path, WeightsError)
    with open_hdf5(path) as file:
        root = _keras_root(file, shown)
        read = _read_keras_3 if root is None else _read_legacy
        return read(file if root is None else root, path, state, called or path)


def _read_legacy(root: h5py.Group, path: str, state: tuple[int, ...], name: str) -> FileWeights:
    shown = show_path(path)
    layers: dict[str, tuple[StoredWeight, ...]] = {}
    backend, version = (_text(root, attribute) for attribute in ("backend", "keras_version"))
    classes = tuple(map(show_path, get_names(root, CLASSES)))
    for layer in get_names(root, "layer_names"):
        with damage(f"{shown}: layer {show_path(layer)}"):
            if layer in layers:
                raise WeightsError(f"{shown} lists layer {show_path(layer)} twice")
            group = _find(root, layer, h5py.Group, shown)
            layers[layer] = tuple(_stored(group, weight, shown) for weight in get_names(group, "weight_names"))
    config, remarks = _read_config(root.file, shown)
    return FileWeights(path, layers, state, name, backend, version, None, config, remarks, classes)


def _read_keras_3(file: h5py.File, path: str, state: tuple[int, ...], name: str) -> FileWeights:
    shown = show_path(path)
    found, ordered = entries(file, lambda place: _find(file, place, h5py.Group, shown))
    layers = {entry.place: tuple(_stored(file, variable, shown) for variable in entry.variables) for entry in found}
    return FileWeights(path, layers, state, name, entries={entry.place: entry for entry in found}, ordered=ordered)


def _read_config(file: h5py.File, shown: str) -> tuple[tuple[ConfigLayer, ...], tuple[str, ...]]:
    if "model_config" not in file.attrs:
        return (), ()
    try:
        return parse_config(read_plain(file, "model_config")), ()
    except (OSError, RuntimeError, LookupError, ValueError, TypeError):
        return (), (f"{shown}: its description of the model (model_config) is damaged, so nothing is compared with it",)


def _text(group: h5py.Group, attribute: str) -> str:
    value = read_plain(group, attribute) if attribute in group.attrs else ""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _read_float32(dataset: h5py.Dataset, weight: StoredWeight) -> Array:
    check_chunks(dataset)
    out = np.empty(weight.shape, np.float32)
    if weight.dtype == _BFLOAT16:
        bits = dataset[()].view("<u2")
        out[...] = (bits.astype(np.uint32) << 16).view(np.float32)
    else:
        dataset.read_direct(out)
    return out


def _keras_root(file: h5py.File, shown: str) -> h5py.Group | None:
    """Return the group that lists the layers; None for the layout without a list."""
    if has_names(file, "layer_names"):
        return file
    if "model_weights" in file:
        return _find(file, "model_weights", h5py.Group, shown)
    if is_keras_3(file):
        return None
    raise WeightsError(f"{shown} is an HDF5 file, but holds no Keras weights (no `layer_names`); {AS_H5}")


def _find(parent: h5py.Group, name: str, kind: type, shown: str) -> Any:
    """Follow a name step by step, refusing links to elsewhere."""
    found: Any = parent
    for step in name.split("/"):
        where = f"{shown}: {show_path(found.name.rstrip('/'))}/{show_path(step)}"
        link = found.get(step, getlink=True) if isinstance(found, h5py.Group) and step not in ("", ".") else None
        if link is None:
            raise WeightsError(f"{where} is missing, but the file lists it; was it written whole?")
        if not isinstance(link, h5py.HardLink):
            raise WeightsError(f"{where} is a link to elsewhere, which is not followed; write the file without links")
        found = found[step]
    if not isinstance(found, kind):
        raise WeightsError(f"{where} is not a {kind.__name__.lower()}, as Keras's layout has it")
    return found


def _stored(group: h5py.Group, name: str, shown: str) -> StoredWeight:
    dataset = _find(group, name, h5py.Dataset, shown)
    where = f"{shown}: {show_path(dataset.name)}"
    check_storage(dataset, where)
    try:
        dtype = str(dataset.dtype.newbyteorder("="))
    except TypeError:
        dtype = "a type that NumPy lacks"
    if dtype == "|V2":  # how h5py writes what NumPy does not know; Keras has no other type of two bytes
        dtype = _BFLOAT16
    return StoredWeight(name, dataset.name, dataset.shape, dtype, dataset.id.get_storage_size())
