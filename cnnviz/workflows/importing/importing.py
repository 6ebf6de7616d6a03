"""A model file made a stack and weights: `stack.yaml` and `weights.h5`, checked before either is put in its place."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnviz.config.load import Loaded, load
from cnnviz.config.model import open_model
from cnnviz.config.opened import OpenedModel
from cnnviz.config.plain import plain
from cnnviz.config.switches import Switches
from cnnviz.config.writing import to_yaml
from cnnviz.errors import ConfigError, ModelError, OutputError
from cnnviz.io.files import AnyPath, make_folder, output_errors, read_regular_file, show_path, write_bytes
from cnnviz.io.hdf5.writing import write_weights
from cnnviz.io.targets import place_of
from cnnviz.io.temporaries import scratch_folder
from cnnviz.io.yaml import LIMIT
from cnnviz.layers.base import Shape
from cnnviz.outputs.names import WEIGHTS
from cnnviz.render.imported import ImportedFiles
from cnnviz.render.report.build import shape_report
from cnnviz.stack.network import Network
from cnnviz.stack.weights import hash_weights
from cnnviz.wording import sentence_case
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import Dtype, StackRequest

STACK = "stack.yaml"

_SIDES = (64, 96, 128, 224, 256, 299, 384, 512)
"""Sides of the picture with which a model of any size is checked: the first that its layers fit."""

_LARGEST = 2**36


class ReadModel:
    """A model file, read and made ready.

    Attributes:
        opened: What the file says.
        loaded: The stack.
        remarks: What a user should know.
    """

    def __init__(self, path: AnyPath, switches: Switches, name: str = "") -> None:
        """Read the file.

        Raises:
            ModelError: If it is no model, is damaged, or needs what cnnviz lacks.
            CnnvizError: If the layers do not fit, or an option is wrong.
        """
        self.opened: OpenedModel = open_model(path, switches, name)
        self.loaded: Loaded = load(self.opened, Switches(settings=switches.settings))
        self.remarks: Sequence[str] = self.loaded.remarks

    def preparation(self, dtype: Dtype) -> Preparation:
        """Return the stack with its weights, made ready for arithmetic of a type."""
        return Preparation(StackRequest(self.loaded, dtype=dtype))

    def shape(self) -> Shape:
        """Return the shape of a picture that the model takes: its own, else the smallest usual one that fits.

        Raises:
            ConfigError: If the layers fit none.
        """
        spec = self.loaded.stack.input
        channels = self.loaded.stack.channels
        if spec.size is not None:
            return (*spec.size, channels)
        problem = None
        for side in _SIDES:
            try:
                self.preparation("float32").nodes((side, side, channels))
            except ConfigError as error:
                problem = problem or error
            else:
                return (side, side, channels)
        assert problem is not None
        raise problem


def import_files(read: ReadModel, output: Path, force: bool = False) -> ImportedFiles:
    """Write a model's stack and weights, once they were seen to give what the model gives.

    Args:
        read: The model.
        output: The folder, made with its parents if missing.
        force: Overwrite files that are there.

    Raises:
        ModelError: If the stack has more to say than a stack may.
        OutputError: If a file is in the way, or cannot be written.
        RuntimeError: If the two do not give what the model gives, which is a bug.
    """
    places = [place_of(output / name) for name in (WEIGHTS, STACK)]
    for place in places:
        if not force and place.exists():
            raise OutputError(f"{show_path(place)} exists already; choose another --output, or --force to overwrite it")
    shape = read.shape()
    preparation = read.preparation("float32")
    preparation.check(shape)
    network = preparation.network(shape)
    text = _text(read, output).encode()
    if len(text) > LIMIT:
        raise ModelError(f"{_shown(read)}: the stack would be {len(text):,} bytes of YAML, more than {LIMIT:,}")
    with output_errors("a temporary file"), scratch_folder() as scratch:
        names = [node.layer.name for node in network.nodes]
        write_weights(scratch / WEIGHTS, network.weights, names, hash_weights(network.weights))
        write_bytes(scratch / STACK, text)
        _check(network, scratch)
        contents = [read_regular_file(scratch / name, _LARGEST, "a file of cnnviz's") for name in (WEIGHTS, STACK)]
    existed = output.exists()
    make_folder(output)
    _write(places, contents, output, existed)
    stack = read.loaded.stack
    return ImportedFiles(
        model=_shown(read),
        stack=show_path(output / STACK),
        weights=show_path(output / WEIGHTS),
        report=shape_report(
            stack,
            network.nodes,
            shape,
            dtype="float32",
            weights_from_file={name for name, origin in network.origins.items() if origin == "file"},
        ),
        any_size=stack.input.size is None,
        classes=stack.classes,
        remarks=tuple(preparation.remarks),
    )


def _shown(read: ReadModel) -> str:
    return show_path(read.opened.path)


def _text(read: ReadModel, output: Path) -> str:
    document = plain(read.opened.document).value
    if read.loaded.stack.input.size is not None:
        document["input"] = {**document.get("input", {}), "size": list(read.loaded.stack.input.size)}
    where = show_path(output)
    head = [
        f"{show_path(read.opened.path.name)} as `cnnviz import` read it; its weights are in {WEIGHTS} beside it.",
        *(f"{sentence_case(remark)}." for remark in read.opened.model.remarks),
        f"Try: cnnviz run PICTURE --config {where}/{STACK} --weights {where}/{WEIGHTS}",
    ]
    return to_yaml(document, head, read.opened.model.comments)


def _check(network: Network, folder: Path) -> None:
    """Make sure that the two files give what the model in memory gives, on a random picture, bit for bit."""
    shape = network.input_shape
    request = StackRequest(folder / STACK, weights=folder / WEIGHTS, dtype="float32")
    again = Preparation(request).network(shape)
    if again.stack.normalised() != network.stack.normalised():
        raise RuntimeError(f"the stack reads otherwise than it was written: {network.stack.name}")
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.float64)
    for (layer, one), (_, other) in zip(network.iterate(pixels), again.iterate(pixels), strict=True):
        if not np.array_equal(one, other, equal_nan=True):
            raise RuntimeError(f"{layer.name}: the files give other values than the model in memory")


def _write(places: Sequence[Path], contents: Sequence[bytes], output: Path, existed: bool) -> None:
    """Write both files or neither, the stack last."""
    written: list[Path] = []
    try:
        for place, content in zip(places, contents, strict=True):
            there = place.exists()
            write_bytes(place, content)
            written += [] if there else [place]
    except OutputError:
        for place in written:
            place.unlink(missing_ok=True)
        if not existed:
            with contextlib.suppress(OSError):
                output.rmdir()
        raise
