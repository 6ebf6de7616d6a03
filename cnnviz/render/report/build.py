"""From a stack's nodes, and what was seen of their pixels, to the report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from cnnviz.layers.base import Shape
from cnnviz.render.classes import ClassShare
from cnnviz.render.report.model import Ends, Field, InputReport, LayerReport, Picture, Report, Totals
from cnnviz.render.scaling import Ranges
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import Node
from cnnviz.stack.receptive_field import ReceptiveField
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import Origin


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found out about a layer and drew of it.

    Attributes:
        statistics: Of its output.
        ranges: In use for its maps; None if it was not drawn.
        shown: How many of its maps were drawn, a vector being one; None for all.
        notes: Findings in plain English.
        sheet: All its maps; None if it was not drawn.
        maps: Each map alone.
        composite: Its three maps as one colour picture.
        kernels: Its kernels.
        top_classes: What the picture was taken for, the likeliest first.
    """

    statistics: Statistics
    ranges: Ranges | None = None
    shown: int | None = None
    notes: Sequence[str] = ()
    sheet: Picture | None = None
    maps: Sequence[Picture] = ()
    composite: Picture | None = None
    kernels: Picture | None = None
    top_classes: Sequence[ClassShare] = ()


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
        nodes: Its layers over the input, from `infer`.
        input_shape: `(height, width, channels)`.
        seed: Of the random initialisers; None for the stack's own.
        dtype: Of the forward pass.
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


def with_pixels(
    report: Report,
    drawn: Mapping[str, Drawn],
    *,
    file: str,
    pixels_sha256: str,
    digest: str,
    weights_sha256: str | None,
    activations: str | None = None,
    page: str | None = None,
    place: str | None = None,
    sha256: str | None = None,
    pixels_shape: tuple[int, ...] | UnsetType = UNSET,
) -> Report:
    """Add what a run saw to a report of shapes.

    Args:
        report: From `shape_report`.
        drawn: What was drawn, by layer name; every layer is there.
        file: The input as it was named.
        pixels_sha256: Of the picture that entered the network.
        pixels_shape: Its shape.
        digest: What makes the outputs up to date.
        weights_sha256: Of all weights; None if there are none.
        activations: The file of raw tensors, if one was written.
        page: The page, if one is written.
        place: Where the input lies.
        sha256: Of the input's file.
    """
    return replace(
        report,
        digest=digest,
        input=replace(
            report.input,
            file=file,
            pixels_sha256=pixels_sha256,
            pixels_shape=pixels_shape,
            place=place or UNSET,
            sha256=sha256 or UNSET,
        ),
        weights_sha256=weights_sha256,
        activations=activations or UNSET,
        page=page or UNSET,
        layers=tuple(_seen(layer, drawn[layer.name]) for layer in report.layers),
    )


def _layer(node: Node, origin: Origin) -> LayerReport:
    return LayerReport(
        index=node.index,
        name=node.layer.name,
        type=type(node.layer).__name__,
        inputs=node.layer.inputs,
        output_shape=node.output_shape,
        weights=origin if node.weights else None,
        params=node.params,
        macs=node.macs,
        receptive_field=_field(node.receptive_field),
        formula=node.formula,
    )


def _field(field: ReceptiveField) -> Field:
    stride = None if field.stride is None else (_number(field.stride[0]), _number(field.stride[1]))
    return Field(size=field.size, stride=stride, start=field.start, varies=field.varies)


def _number(fraction: Fraction) -> int | float:
    return int(fraction) if fraction.denominator == 1 else float(fraction)


def _seen(layer: LayerReport, drawn: Drawn) -> LayerReport:
    layer = replace(
        layer,
        stats=drawn.statistics.rounded(),
        notes=tuple(drawn.notes),
        shown=None,
        sheet=drawn.sheet,
        maps=tuple(drawn.maps),
        composite=drawn.composite or UNSET,
        kernels=drawn.kernels or UNSET,
        top_classes=tuple(drawn.top_classes) or UNSET,
    )
    if drawn.ranges is None:
        return layer
    shown = len(drawn.ranges.low) if drawn.shown is None else drawn.shown
    ends = _ends(drawn.ranges, drawn.statistics, shown)
    if drawn.ranges.shared:
        return replace(layer, shown=shown, range=ends[0])
    return replace(layer, shown=shown, ranges=ends)


def _ends(chosen: Ranges, statistics: Statistics, shown: int) -> tuple[Ends, ...]:
    pairs = zip(chosen.low[:shown].tolist(), chosen.high[:shown].tolist(), strict=True)
    if chosen.clip:  # as they were given
        return tuple(pairs)
    return tuple((statistics.round(low), statistics.round(high)) for low, high in pairs)
