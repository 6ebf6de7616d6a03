"""Networks that people already have: model files of other programs, read as stacks with weights.

Nothing here is imported where no model file is used. A reader is a folder of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from cnnviz.errors import ModelError
from cnnviz.interchange.beside import with_neighbours
from cnnviz.interchange.model import ImportedModel, ImportOptions, Reader, Reference
from cnnviz.io.files import AnyPath, open_regular, show_path
from cnnviz.layers.base import Array

Format = Literal["keras", "onnx"]

_SUFFIXES: dict[str, Format] = {".keras": "keras", ".h5": "keras", ".hdf5": "keras", ".onnx": "onnx"}
_HDF5 = b"\x89HDF\r\n\x1a\n"
_TFJS = (b'"layers-model"', b'"modelTopology"')
"""What a layers-model of TensorFlow.js says at its beginning."""

_HEAD = 4096
"""Bytes that are looked at to tell what a file is."""

_ELSEWHERE = {
    ".pb": "a graph of TensorFlow; convert it with `python -m tf2onnx.convert`, or save the Keras model as .keras",
    ".tflite": "a model of TensorFlow Lite; convert it with `python -m tf2onnx.convert --tflite`",
    ".pt": "a file of PyTorch, which holds weights or a pickled module but no graph; export the network with "
    "`torch.onnx.export`, or give the file as --weights to a stack",
    ".safetensors": "a file of weights, which has no layers; give it as --weights to a stack",
}
_ELSEWHERE[".pth"] = _ELSEWHERE[".pt"]


def is_model_file(path: AnyPath) -> bool:
    """Tell whether a file is a model of another program rather than a stack of cnnviz.

    Args:
        path: The file; what is none is no model.
    """
    suffix = Path(path).suffix.lower()
    return suffix in _ELSEWHERE or _format(path) is not None


def import_model(path: AnyPath, options: ImportOptions) -> ImportedModel:
    """Read a model file as a stack with weights.

    Args:
        path: The file.
        options: What the user says of it.

    Raises:
        ModelError: If the file is no model, is damaged, or needs what cnnviz lacks.
        UsageError: If there is no such file, or it needs a package that is not installed.
    """
    read: Reader = getattr(_room(path, ""), f"read_{_known_format(path)}")
    model = read(Path(path), options)
    return model if options.until else with_neighbours(model, Path(path))


def reference_tensors(
    path: AnyPath, options: ImportOptions, model: ImportedModel, entering: Array
) -> Iterator[tuple[str, Array]]:
    """Run a model file with its own framework; see `model.Reference`."""
    run: Reference = _room(path, ".reference").reference_tensors
    return run(Path(path), options, model, entering)


def _room(path: AnyPath, part: str) -> Any:
    return import_module(f"cnnviz.interchange.{_known_format(path)}{part}")


def _known_format(path: AnyPath) -> Format:
    if (format := _format(path)) is not None:
        return format
    advice = _ELSEWHERE.get(
        Path(path).suffix.lower(), "no model file that cnnviz knows: .keras, .h5, .onnx, model.json"
    )
    raise ModelError(f"{show_path(path)} is {advice}")


def _format(path: AnyPath) -> Format | None:
    suffix = Path(path).suffix.lower()
    if (format := _SUFFIXES.get(suffix)) is not None:
        return format
    if suffix in _ELSEWHERE or not Path(path).is_file():
        return None
    head = _head(path)
    if head.startswith(_HDF5):
        return "keras"
    return "keras" if suffix == ".json" and any(word in head for word in _TFJS) else None


def _head(path: AnyPath) -> bytes:
    import os

    with open_regular(path) as descriptor:
        return os.read(descriptor, _HEAD)
