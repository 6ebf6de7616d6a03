"""A network for other programs: as an ONNX model, or as a script of Keras or PyTorch with its weights beside it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from cnnviz import __version__
from cnnviz.errors import UsageError
from cnnviz.io.files import show_path
from cnnviz.io.targets import check_target, write_target
from cnnviz.stack.weights import save_weights
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest
from cnnviz.workflows.prepare.weighed import Weighed
from cnnviz.workflows.shapes import shape_of

Framework = Literal["onnx", "keras", "torch"]

_HEAD = 4096


class Export(NamedTuple):
    """What was written.

    Attributes:
        files: The files, the one that was asked for first.
        remarks: What a user should know of the stack and the weights file.
    """

    files: tuple[Path, ...]
    remarks: tuple[str, ...]


def export(request: StackRequest, to: Framework, path: Path, input_size: tuple[int, ...] | None = None) -> Export:
    """Write a network for another program.

    Args:
        request: The stack and its weights.
        to: For which.
        path: The file: a model of ONNX, else a script; the script's weights lie beside it under its name.
        input_size: Height and width, perhaps channels; None for the size that the stack fixes.

    Raises:
        CnnvizError: If the stack is wrong, does not fit the size or leaves it open, or cannot be said there.
        OutputError: If a file cannot be written, or another's is in the way.
    """
    beside = {"keras": path.with_suffix(".h5"), "torch": path.with_suffix(".npz")}.get(to)
    if beside == path:
        raise UsageError(f"{show_path(path)} is where the weights of the script go; name a .py file")
    check_target(path, _is_ours)
    if beside is not None:
        check_target(beside, lambda _: path.exists() and _is_ours(path))
    preparation = Preparation(request)
    network = preparation.weighed(shape_of(preparation.stack, input_size))
    _WRITE[to](network, path, beside)
    return Export((path, *([] if beside is None else [beside])), tuple(preparation.remarks))


def _write_onnx(network: Weighed, path: Path, beside: Path | None) -> None:
    from cnnviz.interchange.onnx.writing import onnx_model

    write_target(path, onnx_model(network, __version__))


def _write_keras(network: Weighed, path: Path, beside: Path | None) -> None:
    from cnnviz.interchange.keras.writing import keras_script

    assert beside is not None
    script = keras_script(network, beside.name)
    write_target(path, script.encode())
    save_weights(beside, network.nodes, network.made)


def _write_torch(network: Weighed, path: Path, beside: Path | None) -> None:
    from cnnviz.interchange.torch.writing import torch_script

    assert beside is not None
    script, arrays = torch_script(network, beside.name)
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]  # names of arrays, not `allow_pickle`
    write_target(path, script.encode())
    write_target(beside, stream.getvalue())


_WRITE: dict[Framework, Callable[[Weighed, Path, Path | None], None]] = {
    "onnx": _write_onnx,
    "keras": _write_keras,
    "torch": _write_torch,
}


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return b"cnnviz" in file.read(_HEAD)
