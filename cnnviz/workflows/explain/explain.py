"""One output value explained: worked out by hand, checked against the forward pass, followed back to the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.config.wording import suggest
from cnnviz.errors import UsageError
from cnnviz.io.images import MAX_PIXELS
from cnnviz.io.targets import write_target
from cnnviz.layers.base import Shape
from cnnviz.layers.explaining.records import Explanation
from cnnviz.layers.reading import own_place
from cnnviz.ops.quiet import quiet
from cnnviz.outputs.inputs import resolve_one
from cnnviz.render.explanation.model import ExplainedValue, Origin
from cnnviz.stack.graph import INPUT, Node, named, title
from cnnviz.stack.reach import reach
from cnnviz.stack.scores import unit_names
from cnnviz.stack.spec import Stack
from cnnviz.workflows.explain.places import NamedPlace, check_place, find_place
from cnnviz.workflows.prepare.input_image import read_input
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.recognition import recognise
from cnnviz.workflows.prepare.request import StackRequest
from cnnviz.workflows.prepare.untrained import untrained

_LARGE = 1e30
"""From here on sums may overflow in one order and not in another."""


class Explained(NamedTuple):
    """A value, explained.

    Attributes:
        value: The value, and where it comes from.
        remarks: What a user should know, each a full clause.
    """

    value: ExplainedValue
    remarks: Sequence[str]


def explain(
    image: str,
    request: StackRequest,
    name: str,
    asked: NamedPlace,
    max_pixels: int = MAX_PIXELS,
    recognises: bool = False,
) -> Explained:
    """Explain one value of one layer's output for one image.

    Args:
        image: A picture, an array or `sample:NAME`.
        request: The stack.
        name: The layer's, or the name of the tensor of the model file that the layer's output is.
        asked: Which of its values.
        max_pixels: The largest picture to take.
        recognises: Whether to tell, of a layer of classes, what the picture was taken for, as figures show it: the
            network may have to be run once more.

    Raises:
        CnnvizError: If the image, the stack, the layer or the place is wrong.
        RuntimeError: If the explanation does not lead to the forward pass's value, which is a bug.
    """
    preparation = Preparation(request)
    stack = preparation.stack
    name = _find_layer(stack, name)
    source = resolve_one(image)
    entering = read_input(source, stack.input, max_pixels)
    network = preparation.network_to(entering.shape, name)
    node = network.nodes[-1]
    partial = check_place(node, asked)
    pixels = entering.pixels
    tensors = network.forward(pixels, keep={name, *node.layer.inputs})
    inputs, output = tuple(tensors[name] for name in node.layer.inputs), tensors[name]
    place, remark = find_place(name, output, partial)
    with quiet():
        explanation = node.layer.explain(network.weights.get(name, {}), place, *inputs)
    check(explanation, float(output[place]), inputs, f"{title(node.layer)} at {place}")
    last = node.layer.name == network.stack.layers[-1].name and len(place) == 1
    classes = unit_names(network.stack, node.output_shape) if last else ()
    value = ExplainedValue(
        stack=stack.name,
        file=source.file,
        pixels=pixels,
        color=entering.color,
        is_array=entering.is_array,
        node=node,
        place=place,
        unit_class=classes[place[0]] if classes else "",
        explanation=explanation,
        forward=float(output[place]),
        reach=reach(network.nodes, place, entering.shape),
        inputs=inputs,
        output=output,
        origins=tuple(_origin(network.nodes, name) for name in node.layer.inputs),
        overhang=_overhang(network.nodes, entering.shape),
        classes=classes,
        recognition=recognise(network, pixels) if recognises and last else None,
    )
    return Explained(
        value, [*entering.warnings, *preparation.remarks, *untrained(request, stack), *filter(None, [remark])]
    )


def write_figure(value: ExplainedValue, path: Path, aspect: float | None = None) -> None:
    """Draw an explained value into a file, whole or not at all.

    Args:
        value: The value.
        path: `.png`, `.svg` or `.pdf`.
        aspect: Width over height of the page; None for as high as what is drawn.

    Raises:
        OutputError: If it cannot be written.
    """
    from cnnviz.render.explanation.figure import to_figure

    drawn = to_figure(value, path.suffix, aspect)
    write_target(path, drawn)


def check(explanation: Explanation, forward: float, inputs: Sequence[NDArray[Any]], what: str) -> None:
    """Hold an explanation against the forward pass.

    Args:
        explanation: What leads to the value.
        forward: The value of the forward pass.
        inputs: What the layer read.
        what: Whose value it is, for the message.

    Raises:
        RuntimeError: If they differ by more than rounding.
    """
    value = explanation.value
    if value == forward or (np.isnan(value) and np.isnan(forward)):
        return
    with quiet():
        largest = max(float(np.abs(array).max()) for array in inputs)
    if not (np.isfinite(value) and np.isfinite(forward)) and not max(largest, explanation.magnitude) < _LARGE:
        return
    dtype = inputs[0].dtype
    if not abs(value - forward) <= explanation.room(float(np.finfo(dtype).eps) / 2):
        raise RuntimeError(f"{what}: the explanation leads to {value!r}, the forward pass gave {forward!r} ({dtype})")


def _find_layer(stack: Stack, name: str) -> str:
    """Return the name of the layer that a user calls so."""
    names = [layer.name for layer in stack.layers]
    if name == INPUT:
        raise UsageError(f"the input is the picture itself; name a layer, such as --layer {names[0]}")
    if (layer := named(stack.layers, name)) is None:
        raise UsageError(f"there is no layer {name!r}; {suggest(name, names, 'layers are')}")
    return layer.name


def _origin(nodes: Sequence[Node], name: str) -> Origin | None:
    """Return the maps that a layer hands on in a row, as a vector; None if it does not."""
    places = {node.layer.name: node for node in nodes}
    while (node := places.get(name)) is not None and len(node.output_shape) == 1 and len(node.input_shapes) == 1:
        (shape,), (reads,), name = node.input_shapes, node.layer.reads(*node.input_shapes), node.layer.inputs[0]
        if reads is not None and reads != own_place(shape):
            return None
        if reads is None and len(shape) == 3:
            return Origin(name, shape)
    return None


def _overhang(nodes: Sequence[Node], shape: Shape) -> tuple[int, int, int, int]:
    """Return how far the windows of the last layer reach beyond the picture: top, bottom, left, right."""
    output = nodes[-1].output_shape
    if len(output) == 1:
        return 0, 0, 0, 0
    first, last = reach(nodes, (0, 0, 0), shape), reach(nodes, (output[0] - 1, output[1] - 1, 0), shape)
    pairs = ((first.rows, last.rows, shape[0]), (first.columns, last.columns, shape[1]))
    top, bottom, left, right = (
        side
        for begin, end, length in pairs
        for side in (max(-begin.first, 0) if begin else 0, max(end.last + 1 - length, 0) if end else 0)
    )
    return top, bottom, left, right
