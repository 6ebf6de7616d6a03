"""The stack over one input shape: every layer's shapes, weights, cost and receptive field."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import msgspec

from cnnviz.errors import ConfigError, LayerError, Mistake
from cnnviz.layers.base import Layer, Shape, WeightSpec
from cnnviz.stack.receptive_field import ReceptiveField, field_of_input, field_through
from cnnviz.stack.spec import Stack

INPUT = "input"
"""The name of the network's input among layer names."""


class Node(msgspec.Struct, frozen=True):
    """A layer in its place.

    Attributes:
        index: Number of the layer, from 1; the input is 0.
        layer: The layer.
        input_shapes: The shape of each input.
        output_shape: `(height, width, channels)` or `(units,)`.
        weights: The weights that it declares, in Keras's order.
        macs: Multiply-accumulates of kernels for one image.
        receptive_field: What an output pixel sees of the network's input.
        formula: How height and width come about.
    """

    index: int
    layer: Layer
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    weights: dict[str, WeightSpec]
    macs: int
    receptive_field: ReceptiveField
    formula: tuple[str, ...]

    @property
    def params(self) -> int:
        """Weights and biases."""
        return sum(prod(spec.shape) for spec in self.weights.values())

    @property
    def trainable_params(self) -> int:
        """Those of them that gradients change: not the statistics that a layer gathers, and none of a frozen one."""
        return sum(prod(spec.shape) for spec in self.weights.values() if spec.learned) if self.layer.trainable else 0


def title(layer: Layer) -> str:
    """Write a layer as `Conv2D "conv_1"`, as messages name it."""
    return f'{type(layer).__name__} "{layer.name}"'


def named(layers: Sequence[Layer], name: str) -> Layer | None:
    """Return the layer that a user calls so: by its name, else by the tensor of the model file that it came from."""
    for layer in layers:
        if layer.name == name:
            return layer
    return next((layer for layer in reversed(layers) if name and layer.source == name), None)


def leading_to(nodes: Sequence[Node], name: str) -> list[Node]:
    """Return a layer, the last, and those before it that it needs, in order."""
    needed = {name}
    part = []
    for node in reversed(nodes):
        if node.layer.name in needed:
            needed.update(node.layer.inputs)
            part.append(node)
    return part[::-1]


def infer(stack: Stack, input_shape: Shape) -> list[Node]:
    """Work out every layer's shapes, in order, in Python integers: nothing is allocated.

    Args:
        stack: The stack.
        input_shape: `(height, width, channels)`.

    Raises:
        ConfigError: With the first layer of each branch that does not fit.
    """
    shapes: dict[str, Shape | None] = {INPUT: input_shape}
    fields: dict[str, ReceptiveField] = {INPUT: field_of_input(input_shape)}
    nodes: list[Node] = []
    mistakes: list[Mistake] = []
    for position, layer in enumerate(stack.layers):
        known = [shapes[name] for name in layer.inputs]
        inputs = tuple(shape for shape in known if shape is not None)
        shapes[layer.name] = None
        if len(inputs) < len(known):
            continue  # fed by a layer that failed: the message is that layer's
        try:
            output = layer.output_shape(*inputs)
            weights = layer.weight_specs(*inputs)
            for name, spec in weights.items():
                try:
                    spec.initializer.check(spec)
                except LayerError as error:
                    raise LayerError(str(error), error.field or spec.field or f"{name}_initializer") from error
        except LayerError as error:
            path = ("layers", position) + ((error.field,) if error.field else ())
            mistakes.append(Mistake(path, str(error), title(layer)))
            continue
        shapes[layer.name] = output
        fields[layer.name] = field_through(layer.reads(*inputs), [fields[name] for name in layer.inputs], output)
        nodes.append(
            Node(
                index=position + 1,
                layer=layer,
                input_shapes=inputs,
                output_shape=output,
                weights=weights,
                macs=layer.macs(*inputs),
                receptive_field=fields[layer.name],
                formula=layer.formula(*inputs),
            )
        )
    if not mistakes and stack.classes and not can_name(len(stack.classes), nodes[-1]):
        mistakes.append(Mistake(("classes",), _misnamed(len(stack.classes), nodes[-1])))
    if mistakes:
        raise ConfigError(mistakes)
    return nodes


def can_name(count: int, last: Node) -> bool:
    """Tell whether so many names of classes fit the last layer: one per unit, or two for a single unit.

    The value of a single unit is the share of the second class.
    """
    units = last.output_shape[-1]
    return count == 2 if units == 1 else count == units


def _misnamed(count: int, last: Node) -> str:
    units = last.output_shape[-1]
    wanted = "name 2, for one unit is the share of the second of two classes," if units == 1 else f"name {units},"
    return f"names {count} classes, but {title(last.layer)} has {units} units; {wanted} or leave `classes` out"
