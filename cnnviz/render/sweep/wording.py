"""What sheets, table and page say of a sweep, in the same words."""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.render.kit.numbers import percent, range_text
from cnnviz.render.report.model import Ends
from cnnviz.render.scaling import ScaleBy
from cnnviz.render.sweep.model import CombinationResult, LayerResult, LayerSheet, SweepReport
from cnnviz.wording import kind_text, plural, shape_text


def title(sheet: LayerSheet) -> str:
    """Write what a layer is: `conv_1 · Conv2D relu`."""
    return f"{sheet.names[0]} · {kinds(sheet)}"


def kinds(sheet: LayerSheet) -> str:
    """Write the kind of a layer, or its kinds."""
    return kind_text(" / ".join(sheet.types), sheet.variant or "")


def about(report: SweepReport) -> str:
    """Write what was swept."""
    layers = plural(len(report.layers), "layer")
    return f"sweep of {report.file}, {len(report.combinations)} combinations, {layers}, {report.dtype}"


def sharing(report: SweepReport) -> str:
    """Say how much was computed."""
    asked, computed = report.layers_asked, report.layers_computed
    if asked == computed:
        return f"All {asked:,} layers were computed: the combinations have none in common."
    return f"{computed:,} of {asked:,} layers were computed; the others are shared between combinations."


def same(sheet: LayerSheet, report: SweepReport) -> str:
    """Say which options make no difference to a layer; empty if all do."""
    idle = [option.name for option in report.options if option.name not in sheet.depends_on]
    if not idle:
        return ""
    if len(idle) == len(report.options):
        count = len(report.combinations)
        return f"the same in {'both' if count == 2 else f'all {count}'} combinations"
    return f"the same for every {' and '.join(idle)}"


def common_shape(report: SweepReport, position: int) -> str:
    """Write the shape of the layer at a position, from 0; empty if it differs between combinations."""
    found = {one.layers[position].output_shape for one in report.combinations if position < len(one.layers)}
    return shape_text(*found) if len(found) == 1 else ""


def facts(layer: LayerResult, shape: bool = True) -> str:
    """Write what else a tile's line says: shape, zeros, saturation, what is not finite.

    Args:
        layer: The layer.
        shape: Whether to say its shape.
    """
    parts = [shape_text(layer.output_shape)] if shape else []
    parts.append(f"{percent(layer.stats.zero_fraction)} zeros")
    if layer.saturated is not None:
        parts.append(f"{percent(layer.saturated)} saturated")
    if layer.stats.nonfinite:
        parts.append(f"{layer.stats.nonfinite:,} not finite")
    return ", ".join(parts)


def labels(combination: CombinationResult, report: SweepReport) -> str:
    """Write which combination it is: `activation relu, seed 2`."""
    pairs = zip(report.options, combination.values, strict=True)
    return ", ".join(f"{option.name} {value}" for option, value in pairs)


def nonfinite(report: SweepReport) -> list[str]:
    """Say where values are NaN or infinite: in the first layer of each combination that has some."""
    found = []
    for combination in report.combinations:
        layer = next((layer for layer in combination.layers if layer.stats.nonfinite), None)
        if layer is not None:
            who = f'{labels(combination, report)}: {layer.type} "{layer.name}"'
            found.append(f"{who}: {layer.stats.nonfinite:,} values are NaN or infinite; they are drawn as 0")
    return found


def failures(report: SweepReport) -> list[tuple[str, str]]:
    """List why combinations failed: who, and the reason; those with the same reason together."""
    groups: dict[str, list[CombinationResult]] = {}
    for combination in report.combinations:
        if combination.status == "failed":
            groups.setdefault(combination.message, []).append(combination)
    return [(_together(group, report), message) for message, group in groups.items()]


def _together(group: Sequence[CombinationResult], report: SweepReport) -> str:
    """Write which combinations these are, by the values that they alone have if that says it."""
    shared = {place for place in range(len(report.options)) if len({one.values[place] for one in group}) == 1}

    def alike(combination: CombinationResult) -> bool:
        return all(combination.values[place] == group[0].values[place] for place in shared)

    if shared and sum(map(alike, report.combinations)) == len(group):
        return ", ".join(f"{report.options[place].name} {group[0].values[place]}" for place in sorted(shared))
    return "; ".join(labels(one, report) for one in group)


def scale(scale_by: ScaleBy, common: bool, colormap: str, shared: Sequence[Ends]) -> str:
    """Say what range is drawn as dark to bright.

    Args:
        scale_by: What range becomes 0 to 255.
        common: Whether the tiles of a layer share it.
        colormap: The colours.
        shared: The ranges that they share, one or one for each map.
    """
    low, high = ("black", "white") if colormap == "gray" else ("the first colour", "the last one")
    if scale_by.mode == "fixed":
        return f"One scale for all tiles: {range_text((scale_by.low, scale_by.high))}."
    if common and len(shared) == 1:
        zero = ", zero in the middle" if scale_by.mode == "symmetric" else ""
        return f"One scale for all tiles: {range_text(shared[0])}{zero}."
    if scale_by.by_percentile:
        ends = f"percentile {scale_by.low:g} of its values is {low}, percentile {scale_by.high:g} {high}"
    else:
        ends = f"its smallest value is {low}, its largest {high}"
    if common:
        widest = ", the widest of all tiles" if scale_by.by_percentile else ""
        return f"Each map has one scale in all tiles: {ends}{widest}."
    if scale_by.mode == "symmetric":
        return "Each tile has its own scale: zero is the middle, the largest magnitude an end."
    own = "Each map of each tile has its own scale" if scale_by.by_map else "Each tile has its own scale"
    return f"{own}: {ends}."
