"""What a diagram knows of each layer: its words, its numbers, and what it reads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from msgspec import NODEFAULT, structs

from cnnviz.layers.base import Layer, Shape
from cnnviz.layers.fields import pair
from cnnviz.render.diagram.families import Family, family_of
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.spec import InputSpec
from cnnviz.wording import shape_text

_UNSAID = (
    "name",
    "inputs",
    "trainable",
    "source",
    "use_bias",
    "epsilon",
    "momentum",
    "kernel_size",
    "pool_size",
    "filters",
    "units",
)
"""Fields that have a place of their own, that the shape tells, or that do not matter here."""


class Part(NamedTuple):
    """The input, or a layer, as a diagram shows it.

    Attributes:
        number: 0 for the input, else the layer's.
        name: The layer's.
        kind: Its type.
        family: Which layers it is like.
        facts: What it does, in a few words each: kernel, stride, padding, activation.
        shape: Of its output.
        params: Weights and biases.
        macs: Multiply-accumulates.
        inputs: The numbers of what it reads.
        window: Height and width of what its kernel reads at once; None without one.
    """

    number: int
    name: str
    kind: str
    family: Family
    facts: tuple[str, ...]
    shape: Shape
    params: int
    macs: int
    inputs: tuple[int, ...]
    window: tuple[int, int] | None

    @property
    def costs(self) -> str:
        """Parameters and multiply-accumulates in short; empty where there are neither."""
        found = [f"{shortly(count)} {what}" for count, what in ((self.params, "params"), (self.macs, "MACs")) if count]
        return ", ".join(found)

    @property
    def title(self) -> str:
        """All that is known, on one line."""
        head = f"{self.name}: {self.kind}" if self.kind else self.name
        first = f"{head} {self.facts[0]}" if self.kind and self.facts else head
        words = [first, *self.facts[first != head :], shape_text(self.shape), self.costs]
        return ", ".join(word for word in words if word)


def parts_of(spec: InputSpec, nodes: Sequence[Node], shape: Shape) -> list[Part]:
    """Describe the input and every layer.

    Args:
        spec: What enters.
        nodes: The layers in order.
        shape: The input's.
    """
    numbers = {INPUT: 0} | {node.layer.name: number for number, node in enumerate(nodes, 1)}
    colour = (spec.color,) if shape[2] == (1 if spec.color == "gray" else 3) else ()
    parts = [Part(0, INPUT, "", "input", colour, shape, 0, 0, (), None)]
    for number, node in enumerate(nodes, 1):
        layer = node.layer
        parts.append(
            Part(
                number,
                layer.name,
                type(layer).__name__,
                family_of(node),
                tuple(_facts(layer)),
                node.output_shape,
                node.params,
                node.macs,
                tuple(numbers[name] for name in layer.inputs),
                _window(node),
            )
        )
    return _nested(parts)


def shortly(count: int) -> str:
    """Write a count to three digits: `61.7k`, `138M`, `15.5G`."""
    for unit, power in (("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12)):
        value = count / 10**power
        if value < 999.5 or unit == "T":
            return f"{value:.3g}{unit}" if power else f"{count}"
    raise AssertionError


fields_of = cache(structs.fields)  # it works out all annotations anew


def _facts(layer: Layer) -> list[str]:
    """Write the fields of a layer that differ from what is usual."""
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    found = [shape_text(pair(size))] if size else []
    for field in fields_of(type(layer)):
        value = getattr(layer, field.name)
        is_usual = field.default is not NODEFAULT and value == field.default
        if field.name in _UNSAID or field.name.endswith("_initializer") or is_usual:
            continue
        if field.name == "strides" and (pair(value) == (1, 1) or size is None or _is_pool_size(layer, value)):
            if pair(value) == (1, 1) and hasattr(layer, "pool_size"):
                found.append("stride 1")
            continue
        if field.name == "activation" and value in (None, "linear"):
            continue
        found.append(_fact(field.name, value))
    return found


def _is_pool_size(layer: Layer, strides: Any) -> bool:
    return hasattr(layer, "pool_size") and pair(strides) == pair(layer.pool_size)


def _fact(name: str, value: Any) -> str:
    if name == "activation":
        return str(value)
    if name in ("strides", "dilation_rate"):
        rows, columns = pair(value)
        shown = str(rows) if rows == columns else shape_text((rows, columns))
        return f"{'stride' if name == 'strides' else 'dilation'} {shown}"
    if name == "padding" and isinstance(value, str):
        return value
    if name == "padding" and isinstance(value, tuple) and len(set(_flat(value))) == 1:
        value = _flat(value)[0]
    if value is True:
        return name.replace("_", " ")
    if isinstance(value, float):
        value = f"{value:g}"
    elif isinstance(value, tuple):
        flat = [f"{number:g}" if isinstance(number, float) else str(number) for number in _flat(value)]
        value = ",".join(flat) if len(flat) <= 4 else f"{len(flat)} numbers"
    return f"{name.replace('_', ' ')} {value}"


def _flat(value: Any) -> list[Any]:
    return [each for part in value for each in _flat(part)] if isinstance(value, tuple) else [value]


def _window(node: Node) -> tuple[int, int] | None:
    if type(node.layer).motion != "slides":
        return None
    sliding = node.layer.sliding(*node.input_shapes)
    return None if sliding is None else (sliding.rows.extent, sliding.columns.extent)


def _nested(parts: Sequence[Part]) -> list[Part]:
    """Let a concatenation that begins with all that another one joins read that one: the result is the same.

    DenseNets that were exported join all earlier maps anew in every layer.
    """
    known: dict[tuple[object, ...], int] = {}
    found = []
    for part in parts:
        inputs = part.inputs
        if part.kind == "Concatenate":
            for count in range(len(inputs) - 1, 1, -1):
                if (other := known.get((part.facts, *inputs[:count]))) is not None:
                    part = part._replace(inputs=(other, *inputs[count:]))
                    break
            known[part.facts, *inputs] = part.number
        found.append(part)
    return found
