"""Numbers, shapes and sentences as all text formats of the report write them."""

from __future__ import annotations

from itertools import count

from msgspec import UNSET

from cnnviz.render.kit.numbers import NOTHING, percent, range_text, short
from cnnviz.render.report.model import Field, LayerReport, Report
from cnnviz.wording import plural, shape_text

LEGEND = (
    "sees, every, from: height x width of input pixels behind one output pixel, the step from one output pixel to "
    "the next, and the row and column where those of the first begin (negative inside padding)."
)

COUNTS = "Params are weights and biases; MACs are multiply-accumulates of kernels, biases not counted."


def recognised(report: Report, named: bool, most: int = 2) -> str:
    """Say what the picture was taken for, such as `3 (99.8 %), then 8 (0.1 %)`; empty where that is not known.

    Args:
        report: The report.
        named: Whether the stack names its classes.
        most: How many classes to name.
    """
    likely = report.layers[-1].top_classes
    name = "" if named else "class "
    shares = [] if likely is UNSET else likely[:most]
    return ", then ".join(f"{name}{share.name} ({percent(share.probability, exact=False)})" for share in shares)


def sees(field: Field) -> str:
    """Write the size of a receptive field."""
    if field.stride is None:
        return "all"
    return f"up to {shape_text(field.size)}" if field.varies else shape_text(field.size)


def every(field: Field) -> str:
    """Write the stride of a receptive field."""
    return NOTHING if field.stride is None else "x".join(short(step) for step in field.stride)


def start(field: Field) -> str:
    """Write the start of a receptive field."""
    return NOTHING if field.stride is None else ",".join(map(str, field.start))


def ranges(layer: LayerReport) -> str:
    """Write the range in use: one for all maps, or one per map; empty if the layer was not drawn."""
    if layer.range is not UNSET:
        return range_text(layer.range) + clipped(layer)
    if layer.ranges is UNSET:
        return ""
    text = range_text(layer.ranges[0]) if len(layer.ranges) == 1 else "; ".join(map_ranges(layer))
    return text + clipped(layer)


def clipped(layer: LayerReport) -> str:
    """Say which share of the values lies beyond the ranges, after them; empty where none can."""
    return "" if layer.clipped is UNSET else f", {percent(layer.clipped)} clipped"


def map_ranges(layer: LayerReport, limit: int | None = None) -> list[str]:
    """Write the range of each map, shortly.

    Args:
        layer: The layer, each map of which has its own range.
        limit: Write the ranges of so many maps only.
    """
    numbers = count() if layer.order is UNSET else layer.order
    texts = [f"{number}: {range_text(one)}" for number, one in zip(numbers, layer.ranges or (), strict=False)]
    if limit is not None and len(texts) > limit:
        texts[limit:] = [f"{len(texts) - limit} more in report.json"]
    return texts


def shown(layer: LayerReport) -> str:
    """Say how many maps were drawn, if not all: `64 of 512 shown`."""
    total = layer.output_shape[2] if len(layer.output_shape) == 3 else 1
    if not isinstance(layer.shown, int) or layer.shown == total:
        return ""
    return f"{layer.shown} of {total} shown"


def about(report: Report) -> str:
    """Write what the report is about."""
    parts = [
        "" if report.input.file is UNSET else report.input.file,
        f"input {shape_text(report.input.shape)}",
        plural(len(report.layers), "layer"),
        _weights(report),
        report.dtype,
    ]
    return ", ".join(part for part in parts if part)


def _weights(report: Report) -> str:
    origins = [layer.weights for layer in report.layers if layer.weights]
    loaded = origins.count("file")
    if not loaded:
        return f"seed {report.seed}"
    if loaded == len(origins):
        return "weights from a file"
    return f"weights of {loaded} of {len(origins)} layers from a file, the others from seed {report.seed}"
