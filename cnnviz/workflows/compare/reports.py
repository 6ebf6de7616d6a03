"""What two reports of one image say differently: shapes and parameters exactly, statistics within a tolerance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from cnnviz.errors import UsageError
from cnnviz.io.files import show_path
from cnnviz.outputs.image_side import Layer
from cnnviz.render.comparison.model import Fact, Limits
from cnnviz.render.report.model import Ends, LayerReport, Report
from cnnviz.render.statistics import Stats
from cnnviz.stack.graph import INPUT
from cnnviz.wording import shape_text

_EXACT = ("index", "type", "variant", "inputs", "output_shape", "params", "macs", "receptive_field", "formula")
_FRACTION = "zero_fraction"


def compare_reports(
    baseline: Report, current: Report, same: Collection[str], limits: Limits
) -> dict[Layer, tuple[Fact, ...]]:
    """Compare two reports.

    Args:
        baseline: The first.
        current: The second.
        same: Layers whose pictures are the same; only their statistics are compared.
        limits: How much statistics may differ.

    Returns:
        For each layer that differs, what does.
    """
    found: dict[Layer, tuple[Fact, ...]] = {}
    if baseline.input.shape != current.input.shape:
        found[0, INPUT] = (Fact("shape", _show(baseline.input.shape), _show(current.input.shape)),)
    before = {layer.name: layer for layer in baseline.layers}
    after = {layer.name: layer for layer in current.layers}
    for name, layer in before.items():
        if name not in after:
            found[layer.index, name] = (Fact("layer", layer.type, "none"),)
    for name, layer in after.items():
        if name not in before:
            found[layer.index, name] = (Fact("layer", "none", layer.type),)
            continue
        facts = tuple(_shapes(before[name], layer))
        if name in same:
            facts += tuple(_statistics(before[name], layer, limits))
        if facts:
            found[layer.index, name] = facts
    return found


def merge_reports(image: str, baseline: Report, current: Report, wanted: Callable[[str], bool]) -> Report:
    """Take some layers of a report over into another.

    Args:
        image: What to call the image in the message.
        baseline: The report to change.
        current: The report to take from.
        wanted: Tells of a layer's name whether it is taken over.

    Returns:
        The baseline's, without the digest: no run has made it, and none must find it up to date.

    Raises:
        UsageError: If the two have not the same layers.
    """
    if [(layer.index, layer.name) for layer in baseline.layers] != [
        (layer.index, layer.name) for layer in current.layers
    ]:
        raise UsageError(
            f"{image}: the two reports have not the same layers, so that single ones cannot "
            "be taken over; leave --layer out to take the whole image"
        )
    layers = tuple(
        after if wanted(after.name) else before for before, after in zip(baseline.layers, current.layers, strict=True)
    )
    return msgspec.structs.replace(
        baseline,
        digest=UNSET,
        input=current.input if wanted(INPUT) else baseline.input,
        layers=layers,
        totals=msgspec.structs.replace(
            baseline.totals, params=sum(layer.params for layer in layers), macs=sum(layer.macs for layer in layers)
        ),
    )


def _shapes(baseline: LayerReport, current: LayerReport) -> Iterator[Fact]:
    for field in _EXACT:
        before, after = getattr(baseline, field), getattr(current, field)
        if before != after and UNSET not in (before, after):
            yield Fact(field, _show(before), _show(after))


def _statistics(baseline: LayerReport, current: LayerReport, limits: Limits) -> Iterator[Fact]:
    if not (isinstance(baseline.stats, Stats) and isinstance(current.stats, Stats)):
        return
    low, high = baseline.stats.min, baseline.stats.max
    width = high - low if low is not None and high is not None else 0.0
    for field in Stats.__struct_fields__:
        before, after = getattr(baseline.stats, field), getattr(current.stats, field)
        unit = 1.0 if field == _FRACTION else width
        if not (before == after if field == "nonfinite" else _close(before, after, unit, limits)):
            yield Fact(f"stats.{field}", _show(before), _show(after))
    for field, pairs in (
        ("range", _pairs(baseline.range, current.range)),
        ("ranges", _pairs(baseline.ranges, current.ranges)),
    ):
        for i, (before, after) in enumerate(pairs):
            if not all(_close(x, y, width, limits) for x, y in zip(before, after, strict=True)):
                yield Fact(field if field == "range" else f"ranges[{i}]", _show(before), _show(after))


def _pairs(baseline: Any, current: Any) -> list[tuple[Ends, Ends]]:
    """Pair the ranges of two layers, where both have as many."""
    if not (isinstance(baseline, tuple) and isinstance(current, tuple)):
        return []
    if baseline and not isinstance(baseline[0], tuple):
        return [(baseline, current)]
    return list(zip(baseline, current, strict=False))


def _close(baseline: float | None, current: float | None, unit: float, limits: Limits) -> bool:
    if baseline is None or current is None:
        return baseline is current
    return abs(current - baseline) <= limits.rtol * abs(baseline) + limits.atol * unit


def _show(value: Any) -> str:
    """Write a value of the report: shapes as `298x449x2`."""
    if isinstance(value, tuple):
        if value and all(isinstance(item, int) for item in value):
            return shape_text(value)
        return ", ".join(map(_show, value)) or "none"
    if hasattr(value, "__struct_fields__"):
        return ", ".join(f"{name} {_show(getattr(value, name))}" for name in value.__struct_fields__)
    return show_path(str(value))
