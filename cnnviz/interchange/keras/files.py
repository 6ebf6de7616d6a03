"""Files that hold a model of Keras: its description, and where its weights are."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cnnviz.errors import ModelError, WeightsError
from cnnviz.interchange.keras.hdf5 import ArchiveStore, WholeModelStore, read_description
from cnnviz.interchange.keras.parsing import LARGEST, parse_json
from cnnviz.interchange.keras.tensorflowjs import ShardStore
from cnnviz.interchange.keras.weights import Store
from cnnviz.io.files import open_regular, read_regular_file, show_path
from cnnviz.io.hdf5.reading import read_weights

_DESCRIPTION, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_RATIO = 50
"""How much larger a part of an archive may be than the archive; Keras does not compress."""

_SMALL = 64 << 20
"""Bytes that a part may have in any case."""


class ModelFile(NamedTuple):
    """A model as it lies in a file.

    Attributes:
        description: The model's `class_name` and `config`.
        store: Its weights.
        keras_version: The version of Keras that wrote it; empty if the file does not say.
    """

    description: Mapping[str, Any]
    store: Store
    keras_version: str


@contextlib.contextmanager
def open_model(path: Path) -> Iterator[ModelFile]:
    """Open a model file, whichever form it has.

    Raises:
        ModelError: If it is none, or damaged.
    """
    with open_regular(path, ModelError) as descriptor:
        start = os.read(descriptor, 8)
    if start.startswith(b"PK"):
        with _archive(path) as file:
            yield file
    elif start == b"\x89HDF\r\n\x1a\n":
        yield _whole_model(path)
    elif start.lstrip()[:1] == b"{":
        yield _layers_model(path)
    else:
        what = "is empty" if not start else "is neither an archive of Keras nor an HDF5 file"
        raise ModelError(f"{show_path(path)} {what}; was it copied whole?")


def _whole_model(path: Path) -> ModelFile:
    shown = show_path(path)
    try:
        text = read_description(path)
        weights = read_weights(path)
    except WeightsError as error:
        raise ModelError(*error.args) from error
    description = parse_json(text, f"{shown}: the description of the model")
    return ModelFile(description, WholeModelStore(weights), weights.keras_version)


@contextlib.contextmanager
def _archive(path: Path) -> Iterator[ModelFile]:
    shown = show_path(path)
    with contextlib.ExitStack() as stack:
        with _damage(shown):
            archive = stack.enter_context(zipfile.ZipFile(path))
            names = archive.namelist()
        for name in (_DESCRIPTION, _WEIGHTS):
            if names.count(name) != 1:
                raise ModelError(f"{shown} is no model of Keras: it has no {name} in it")
            if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ModelError(f"{shown}: {name} is compressed in a way that Keras does not write")
        limit = max(_SMALL, _RATIO * path.stat().st_size)
        description = parse_json(_text(archive, _DESCRIPTION, shown), f"{shown}: {_DESCRIPTION}")
        metadata = {}
        if _METADATA in names:
            metadata = parse_json(_text(archive, _METADATA, shown), f"{shown}: {_METADATA}")
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cnnviz-"))
        unpacked = Path(folder, _WEIGHTS)
        with _damage(f"{shown}: {_WEIGHTS}"):
            _unpack(archive, unpacked, limit, shown)
        called = os.path.join(shown, _WEIGHTS)  # noqa: PTH118
        try:
            store = ArchiveStore(read_weights(unpacked, called))
        except WeightsError as error:
            raise ModelError(*(str(line).replace(str(unpacked), called) for line in error.args)) from error
        yield ModelFile(description, store, str(metadata.get("keras_version", "")))


def _text(archive: zipfile.ZipFile, name: str, shown: str) -> bytes:
    with _damage(f"{shown}: {name}"), archive.open(name) as part:
        text = part.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ModelError(f"{shown}: {name} is larger than {LARGEST:,} bytes")
    return text


def _unpack(archive: zipfile.ZipFile, path: Path, limit: int, shown: str) -> None:
    if archive.getinfo(_WEIGHTS).file_size > limit:
        raise ModelError(f"{shown}: {_WEIGHTS} would become far larger than the archive itself; it is not unpacked")
    with archive.open(_WEIGHTS) as part, path.open("wb") as file:
        # No more comes out than the archive says, so the limit holds.
        shutil.copyfileobj(part, file, 1 << 20)


@contextlib.contextmanager
def _damage(where: str) -> Iterator[None]:
    """Turn what Python makes of a damaged archive into an error that says where."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError, LookupError) as error:
        raise ModelError(f"{where} is damaged, or packed in a way that cannot be read: {str(error)[:100]}") from error


def _layers_model(path: Path) -> ModelFile:
    shown = show_path(path)
    data = parse_json(read_regular_file(path, LARGEST, "the description of a model", ModelError), shown)
    topology = data.get("modelTopology")
    if data.get("format") == "graph-model" or (isinstance(topology, dict) and "node" in topology):
        raise ModelError(
            f"{shown} is a graph-model of TensorFlow.js, which has no layers; convert the Keras model it was made of, "
            "or bring it to ONNX"
        )
    if not isinstance(topology, dict) or "weightsManifest" not in data:
        raise ModelError(f"{shown} is no layers-model of TensorFlow.js: it has no modelTopology with a weightsManifest")
    description = topology.get("model_config", topology)
    if not isinstance(description, dict):
        raise ModelError(f"{shown}: its description of the model (model_config) cannot be read")
    version = topology.get("keras_version", "")
    return ModelFile(
        description, ShardStore(path, data["weightsManifest"]), version if isinstance(version, str) else ""
    )
