"""A model file as a whole: its picture, its end, its layers in a document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ModelError, UsageError
from cnnviz.interchange.drafting.building import INPUT, Draft
from cnnviz.interchange.drafting.graph import Graph
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.placing import is_usual, maps, vector
from cnnviz.interchange.model import SILENT, ImportedModel, ImportOptions, model_error, stack_name
from cnnviz.interchange.onnx.conversion import Converted, convert
from cnnviz.interchange.onnx.feeding import Picture, choose_picture, constants, size_to_try
from cnnviz.interchange.onnx.naming import layer_names
from cnnviz.interchange.onnx.returning import returned
from cnnviz.interchange.onnx.writing import STACK
from cnnviz.io.files import AnyPath, show_path
from cnnviz.stack.graph import infer
from cnnviz.wording import listed


class Imported(NamedTuple):
    """A model file, read.

    Attributes:
        model: What it becomes.
        tensors: For each layer whose output is a tensor of the file that tensor's name.
        layouts: For each of them where the axes of the file's tensor lie in ours.
        input_shape: Our shape of the picture.
        picture: The input that is the picture.
        constants: The values of all other inputs.
        end: Where the axes of the tensor at the end lie in the last layer's output.
    """

    model: ImportedModel
    tensors: dict[str, str]
    layouts: dict[str, Layout]
    input_shape: tuple[int, ...]
    picture: Picture
    constants: dict[str, NDArray[Any]]
    end: Layout


def import_graph(graph: Graph, path: AnyPath, options: ImportOptions) -> Imported:
    """Make a document and weights of a model file.

    Args:
        graph: The file.
        path: Its path, for messages and the stack's name.
        options: What the file leaves open.

    Raises:
        ModelError: If it holds what no layer says: all of it at once.
        UsageError: If an option does not fit the model.
    """
    shown = show_path(path)
    try:
        return _import(graph, Path(path).stem, options)
    except ModelError as error:
        raise model_error(shown, list(error.args)) from error
    except UsageError as error:
        raise UsageError(*(f"{shown}: {line}" for line in error.args)) from error


def _import(graph: Graph, stem: str, options: ImportOptions) -> Imported:
    if (own := _returned(graph, options)) is not None:
        return own
    until = _end(graph, options.until)
    if until is None:  # the name of a layer, perhaps
        until = _import(graph, stem, options._replace(until="")).tensors.get(options.until)
    if until is None:
        known = _some(graph.outputs)
        raise UsageError(
            f"there is no tensor, node or layer {options.until[:200]!r} to end at; the outputs are {known}"
        )
    picture = choose_picture(graph, until, options)
    fed = constants(graph, picture, until, options)
    height, width = size_to_try(picture, options)
    converted = convert(graph, picture.name, picture.layout(height, width), fed, until)
    layers = _Layers(converted, graph)
    fixed = True
    if picture.open and (options.height is None or options.width is None):
        fixed = not _same_at_another_size(graph, picture, fed, until, layers, (height, width))
        if fixed:
            raise ModelError(
                "its layers depend on the height and width of the picture, which the file leaves open: "
                "say them by --input-size HxW"
            )
    document, weights = layers.document, layers.weights
    entry, remarks = _input(picture, layers)
    if fixed:
        entry["size"] = [height, width]
    if not options.until and len(graph.outputs) > 1:
        others = [repr(name[:100]) for name in graph.outputs[1:6]]
        remarks.append(
            f"the model has other outputs, too: {listed(others)}; --until NAME ends the stack at one of them"
        )
    if STACK in graph.metadata:
        remarks.append("it says which stack of cnnviz it was, but is another network now: it is read as any model")
    whole = {"name": stack_name(options.name or stem), "input": entry, "layers": document}
    model = ImportedModel(whole, weights, layers.sources, layers.comments, remarks, picture.channels)
    return Imported(model, layers.tensors, layers.layouts, picture.layout(height, width).ours, picture, fed, layers.end)


def _returned(graph: Graph, options: ImportOptions) -> Imported | None:
    """Read a model that cnnviz wrote as the stack that it was; None if it is none."""
    found = returned(graph, options.until)
    if found is None:
        return None
    height, width, channels = found.shape
    picture = choose_picture(graph, "", options)._replace(order="first", channels=channels)
    size, document = (height, width), found.document
    if options.height is not None or not found.any_size:
        size = size_to_try(picture._replace(height=None, width=None) if found.any_size else picture, options)
        document = {**document, "input": {**document.get("input", {}), "size": list(size)}}
    shape = (*size, channels)
    layouts = {
        node.layer.name: maps(*node.output_shape) if len(node.output_shape) == 3 else vector(*node.output_shape)
        for node in infer(found.stack, shape)
    }
    if options.name:
        document = {**document, "name": stack_name(options.name)}
    # A layer's tensor has the layer's name: there is nothing to say of it.
    model = ImportedModel(document, found.weights, {}, {}, [], channels)
    last = found.stack.layers[-1].name
    return Imported(model, {name: name for name in layouts}, layouts, shape, picture, {}, layouts[last])


def _end(graph: Graph, until: str) -> str | None:
    """Return the tensor to end at: one of this name, or the first output of a node of this name; None if none is."""
    if not until:
        return graph.outputs[0]
    if until in graph.producers:
        return until
    return next((node.outputs[0] for node in graph.nodes if node.name == until and node.outputs), None)


def _some(names: tuple[str, ...]) -> str:
    return listed([repr(name[:100]) for name in names[:5]])


class _Layers:
    """The layers that the end needs, as the document has them."""

    def __init__(self, converted: Converted, graph: Graph) -> None:
        builder, end = converted.builder, converted.output
        layout = end.layout
        if len(layout.order) == 2 and layout.flat != tuple(range(len(layout.flat))):
            end = builder.as_vector(graph.nodes[-1], end)
        if end.layer == INPUT:
            end = builder.emit(graph.nodes[-1], "Activation", {"activation": "linear"}, end)
        self.end = end.layout
        drafts = builder.drafts
        numbers = builder.live(end)
        kept = [drafts[number] for number in numbers]
        names = layer_names(kept, graph.stored)
        by_number = dict(zip(numbers, names, strict=True)) | {INPUT: "input"}
        self.document: list[dict[str, Any]] = []
        self.weights: dict[str, dict[str, NDArray[Any]]] = {}
        self.sources: dict[str, str] = {}
        self.tensors: dict[str, str] = {}
        self.comments: dict[str, str] = {}
        self.layouts: dict[str, Layout] = {}
        self.first: list[Draft] = [draft for draft in kept if INPUT in draft.inputs]
        before = "input"
        for name, draft in zip(names, kept, strict=True):
            reads = [by_number[number] for number in draft.inputs]
            entry: dict[str, Any] = {"type": draft.kind, "name": name, **draft.fields}
            if reads != [before]:
                entry["inputs"] = reads
            self.document.append(entry)
            if draft.weights:
                self.weights[name] = dict(draft.weights)
            if draft.source and draft.source not in graph.inner:
                self.tensors[name] = draft.source
                self.layouts[name] = draft.layout
                if is_usual(draft.layout):
                    self.sources[name] = draft.source
            if draft.comment:
                self.comments[name] = draft.comment
            before = name


def _same_at_another_size(
    graph: Graph,
    picture: Picture,
    fed: Mapping[str, NDArray[Any]],
    until: str,
    layers: _Layers,
    size: tuple[int, int],
) -> bool:
    """Tell whether pictures of another size go through the same layers."""
    height, width = size
    other = picture.layout(
        *((height + 64 if picture.height is None else height), (width + 96 if picture.width is None else width))
    )
    try:
        again = _Layers(convert(graph, picture.name, other, fed, until), graph)
    except ModelError:
        return False
    if again.document != layers.document or again.weights.keys() != layers.weights.keys():
        return False
    return all(
        np.shape(array) == np.shape(layers.weights[name][weight])
        for name, arrays in again.weights.items()
        for weight, array in arrays.items()
    )


def _input(picture: Picture, layers: _Layers) -> tuple[dict[str, Any], list[str]]:
    """Return the document's `input`, and what is to be said of it."""
    entry: dict[str, Any] = {}
    remarks = []
    if picture.channels in (1, 3):
        entry["color"] = "gray" if picture.channels == 1 else "rgb"
    else:
        remarks.append(
            f"the model takes {picture.channels} channels: give a .npy array of height x width x {picture.channels}"
        )
    if any(draft.takes_bytes for draft in layers.first):
        return entry, remarks
    entry["scale"] = "1/255"
    remarks.append(SILENT)
    return entry, remarks
