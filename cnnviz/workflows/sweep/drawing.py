"""From what the passes gave to the tiles and the sheet of each layer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from cnnviz.render.kit.numbers import range_text
from cnnviz.render.report.build import used_ends
from cnnviz.render.report.model import Ends
from cnnviz.render.scaling import Ranges, ScaleBy, ranges
from cnnviz.render.statistics import Statistics
from cnnviz.render.sweep import wording
from cnnviz.render.sweep.folding import Grid, fold
from cnnviz.render.sweep.frame import Cell, LayerTiles, Scale, SheetText
from cnnviz.render.sweep.model import SweepReport
from cnnviz.render.sweep.tile import paint
from cnnviz.wording import sentence_case, shape_text
from cnnviz.workflows.sweep.computing import PassResult
from cnnviz.workflows.sweep.setup import Sweep


def lay_out(swept: Sweep, position: int) -> Grid:
    """Find where the tiles of a layer stand: combinations that share it have one."""
    found: list[object] = []
    for variant, path in zip(swept.variants, swept.paths, strict=True):
        failed = variant.failure.message if variant.failure is not None else ""
        found.append(path[position] if position < len(path) else (len(path), failed))
    return fold(swept.axes, found)


def draw_layer(swept: Sweep, report: SweepReport, seen: Mapping[int, PassResult], position: int) -> LayerTiles:
    """Draw the tiles of a layer.

    Args:
        swept: The sweep.
        report: What it found; ranges and sheets may be missing.
        seen: What the passes gave.
        position: Of the layer, from 0.
    """
    grid, style = lay_out(swept, position), swept.style
    common = swept.scale == "common"
    at = {k: path[position] for k, path in enumerate(swept.paths) if position < len(path)}
    used, together = chosen_ranges({number: seen[number] for number in at.values()}, style.scale_by, common)
    shapes = {report.combinations[k].layers[position].output_shape for k in at}
    cells: dict[int, Cell] = {}
    for k in (number for row in grid.cells for number in row if number is not None):
        layers = report.combinations[k].layers
        if k not in at:
            cells[k] = _failed(swept, k, position)
            continue
        tile = seen[at[k]].tile
        assert tile is not None
        painted = paint(tile, used[at[k]], style.table, swept.side)
        layer = layers[position]
        values = range_text((layer.stats.min, layer.stats.max), wording.DIGITS)
        lines = (values, wording.facts(layer, shape=len(shapes) > 1))
        cells[k] = Cell(painted.levels, lines, painted.small)
    ends = {
        number: used_ends(
            used[number], together or seen[number].statistics, style.shown(swept.plan.passes[number].node)
        )
        for number in at.values()
    }
    return LayerTiles(grid, cells, _text(swept, report, position, shapes, ends, common), ends)


def _failed(swept: Sweep, k: int, position: int) -> Cell:
    """Say why there is no tile."""
    failure, stopped = swept.variants[k].failure, len(swept.paths[k])
    assert failure is not None
    if position == stopped or swept.variants[k].input_shape is None:
        return Cell(None, ("does not fit", failure.reason))
    return Cell(None, ("not reached", f"{swept.names(stopped)[0]} does not fit"))


def _text(
    swept: Sweep,
    report: SweepReport,
    position: int,
    shapes: Collection[tuple[int, ...]],
    ends: Mapping[int, tuple[Ends, ...]],
    common: bool,
) -> SheetText:
    sheet = report.layers[position]
    style = swept.style
    about = [f"{report.name} on {report.file}, layer {sheet.index} of {len(report.layers)}"]
    if len(shapes) == 1:
        (shape,) = shapes
        about.append(f"output {shape_text(shape)}")
    nodes = [swept.plan.passes[number].node for number in ends]
    shown = {(style.shown(node), node.output_shape[2]) for node in nodes if len(node.output_shape) == 3}
    about += [f"{drawn} of {total} maps shown" for drawn, total in sorted(shown) if drawn < total]
    if any(map(style.has_composite, nodes)):
        about.append("three maps as one colour picture")
    same = wording.same(sheet, report)
    lines = (", ".join(about), *([sentence_case(same)] if same else []))
    shared = next(iter(ends.values()), ())
    said = wording.scale(style.scale_by, common, style.colormap, shared)
    ends_of_bar = ("lowest", "highest") if style.table is not None else ("", "")
    return SheetText(wording.title(sheet), lines, Scale(said, *ends_of_bar))


def chosen_ranges(
    passes: Mapping[int, PassResult], scale_by: ScaleBy, common: bool
) -> tuple[dict[int, Ranges], Statistics | None]:
    """Choose the range of each pass of a layer.

    Args:
        passes: The passes.
        scale_by: What range becomes 0 to 255.
        common: Whether they share it.

    Returns:
        The ranges by pass; what all have together, if they share.
    """
    if not common:
        return {number: ranges(seen.statistics, scale_by) for number, seen in passes.items()}, None
    together = pooled([seen.statistics for seen in passes.values()])
    shared = ranges(together, scale_by)
    return dict.fromkeys(passes, shared), together


def pooled(statistics: Sequence[Statistics]) -> Statistics:
    """Return what several outputs have together, as far as their ranges go; maps are matched by their numbers."""
    maps = max(len(one.map_minimum) for one in statistics)
    low, high = np.full(maps, np.nan), np.full(maps, np.nan)
    for one in statistics:
        count = len(one.map_minimum)
        low[:count] = np.fmin(low[:count], one.map_minimum)
        high[:count] = np.fmax(high[:count], one.map_maximum)
    return replace(
        statistics[0],
        minimum=float(np.fmin.reduce([one.minimum for one in statistics])),
        maximum=float(np.fmax.reduce([one.maximum for one in statistics])),
        magnitude=max(one.magnitude for one in statistics),
        nonfinite=sum(one.nonfinite for one in statistics),
        map_minimum=low,
        map_maximum=high,
        map_nonfinite=np.zeros(maps, np.int64),
    )
