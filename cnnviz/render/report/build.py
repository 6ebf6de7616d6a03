"""From a stack's nodes to the report of their shapes, and from ranges to what it says of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import UNSET

from cnnviz.layers.base import Shape
from cnnviz.render.report.model import Ends, Field, InputReport, LayerReport, Report, Totals
from cnnviz.render.scaling import Ranges
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import Node
from cnnviz.stack.receptive_field import ReceptiveField
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import Origin


def shape_report(
    stack: Stack,
    nodes: Sequence[Node],
    input_shape: Shape,
    *,
    seed: int | None = None,
    dtype: str = "float64",
    weights_from_file: Collection[str] = (),
) -> Report:
    """Report a stack's shapes and costs; no pixel is needed.

    Args:
        stack: The stack.
        nodes: The stack's layers over the input, from `infer`.
        input_shape: `(height, width, channels)`.
        seed: Seed of the random initialisers; None for the stack's own.
        dtype: Floating type of the forward pass.
        weights_from_file: Names of the layers whose weights were loaded.
    """
    layers = tuple(_layer(node, "file" if node.layer.name in weights_from_file else "initialised") for node in nodes)
    return Report(
        name=stack.name,
        seed=stack.seed if seed is None else seed,
        dtype=dtype,
        input=InputReport(shape=input_shape),
        layers=layers,
        totals=Totals(
            params=sum(node.params for node in nodes),
            macs=sum(node.macs for node in nodes),
            trainable_params=sum(node.trainable_params for node in nodes)
            if any(node.weights and not node.layer.trainable for node in nodes)
            else UNSET,
        ),
    )


def used_ends(chosen: Ranges, statistics: Statistics, shown: int) -> tuple[Ends, ...]:
    """Return what is drawn as 0 and as 255, rounded as the report's numbers are: one pair if all maps share a range.

    Args:
        chosen: The range of each map.
        statistics: Statistics of the layer's output.
        shown: How many of its maps were drawn.
    """
    count = 1 if chosen.shared else shown
    ends = tuple(zip(chosen.low[:count].tolist(), chosen.high[:count].tolist(), strict=True))
    if chosen.given:
        return ends
    return tuple((statistics.round(low), statistics.round(high)) for low, high in ends)


def in_use(
    chosen: Ranges,
    statistics: Statistics,
    shown: int,
    clipped: float | None = None,
    order: tuple[int, ...] | None = None,
) -> dict[str, Any]:
    """Return what a layer's report says of how its maps were drawn: `shown`, `range` or `ranges`, and more.

    Args:
        chosen: The range of each map.
        statistics: Statistics of the layer's output.
        shown: How many of its maps were drawn.
        clipped: Share of its values beyond the ranges; None if that is not to be said.
        order: The numbers of the maps; None if they are in the order of these.
    """
    ends = used_ends(chosen, statistics, shown)
    used: dict[str, Any] = {"shown": shown, **({"range": ends[0]} if chosen.shared else {"ranges": ends})}
    if clipped is not None:
        used["clipped"] = round(clipped, 6)
    if order is not None:
        used["order"] = order
    return used


def _layer(node: Node, origin: Origin) -> LayerReport:
    return LayerReport(
        index=node.index,
        name=node.layer.name,
        type=type(node.layer).__name__,
        variant=node.layer.variant() or UNSET,
        source=node.layer.source or UNSET,
        inputs=node.layer.inputs,
        output_shape=node.output_shape,
        weights=origin if node.weights else None,
        params=node.params,
        macs=node.macs,
        receptive_field=_field(node.receptive_field),
        formula=node.formula,
    )


def _field(field: ReceptiveField) -> Field:
    stride = None
    if field.stride is not None:
        rows, columns = (int(step) if step.denominator == 1 else float(step) for step in field.stride)
        stride = rows, columns
    return Field(size=field.size, stride=stride, start=field.start, varies=field.varies)
