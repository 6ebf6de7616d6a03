"""From what the passes gave to the tiles and the sheet of each layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.numbers import range_text
from cnnviz.render.report.build import used_ends
from cnnviz.render.report.model import Ends
from cnnviz.render.scaling import Ranges, common_ranges
from cnnviz.render.sweep import wording
from cnnviz.render.sweep.folding import Grid, fold
from cnnviz.render.sweep.frame import Cell, LayerTiles
from cnnviz.render.sweep.model import SweepReport
from cnnviz.render.sweep.tile import paint
from cnnviz.wording import sentence_case
from cnnviz.workflows.sweep.computing import PassResult
from cnnviz.workflows.sweep.setup import Sweep


class PassRange(NamedTuple):
    """What is drawn as dark and as bright of a pass.

    Attributes:
        ranges: The range of each map.
        ends: What the report says of them: one range for all maps, or one for each that is shown.
    """

    ranges: Ranges
    ends: tuple[Ends, ...]


def lay_out(swept: Sweep, position: int) -> Grid:
    """Find where the tiles of a layer stand: combinations that share it have one."""
    found: list[object] = []
    for variant, path in zip(swept.variants, swept.paths, strict=True):
        failed = variant.failure.message if variant.failure is not None else ""
        found.append(path[position] if position < len(path) else (len(path), failed))
    return fold(swept.options, found)


def choose_ranges(swept: Sweep, seen: Mapping[int, PassResult], position: int) -> dict[int, PassRange]:
    """Choose the range of each pass of a layer.

    Args:
        swept: The sweep.
        seen: What the passes gave.
        position: Position of the layer, from 0.
    """
    style = swept.style
    own = {path[position]: seen[path[position]] for path in swept.paths if position < len(path)}
    common = None
    if swept.scale == "common" and own:
        loudest = max((one.statistics for one in own.values()), key=lambda statistics: statistics.magnitude)
        common = common_ranges([one.ranges for one in own.values()], style.scale_by), loudest
    chosen = {}
    for number, one in own.items():
        used, statistics = common or (one.ranges, one.statistics)
        shown = style.shown(swept.plan.passes[number].node)
        chosen[number] = PassRange(used, used_ends(used, statistics, shown))
    return chosen


def draw_layer(
    swept: Sweep,
    report: SweepReport,
    seen: Mapping[int, PassResult],
    chosen: Mapping[int, PassRange],
    position: int,
) -> LayerTiles:
    """Draw the tiles of a layer.

    Args:
        swept: The sweep.
        report: What it found; the sheets may be missing.
        seen: What the passes gave.
        chosen: The ranges of the layer's passes.
        position: Position of the layer, from 0.
    """
    grid, style, sheet = lay_out(swept, position), swept.style, report.layers[position]
    shape = wording.common_shape(report, position)
    cells: dict[int, Cell] = {}
    for _, _, k in grid.places():
        if position >= len(swept.paths[k]):
            cells[k] = _failed(swept, k, position)
            continue
        number, layer = swept.paths[k][position], report.combinations[k].layers[position]
        tile = seen[number].tile
        assert tile is not None
        picture, small = paint(tile, chosen[number].ranges, style.table, swept.side)
        values = range_text((layer.stats.min, layer.stats.max))
        lines = (values, wording.facts(layer, shape=not shape), *_winner(swept, number, tile.values))
        cells[k] = Cell(picture, lines, small)

    nodes = [swept.plan.passes[number].node for number in chosen]
    shown = {(style.shown(node), node.output_shape[2]) for node in nodes if len(node.output_shape) == 3}
    about = [f"{report.name} on {report.file}, layer {sheet.index} of {len(report.layers)}"]
    about += [f"output {shape}"] if shape else []
    about += [f"{drawn} of {total} maps shown" for drawn, total in sorted(shown) if drawn < total]
    about += ["three maps as one colour picture"] if any(map(style.has_composite, nodes)) else []
    same = wording.same(sheet, report)
    lines = (", ".join(about), *([sentence_case(same)] if same else []))
    ends = next(iter(chosen.values())).ends
    scale = wording.scale(style.scale_by, swept.scale == "common", style.colormap, ends)
    return LayerTiles(grid, cells, wording.title(sheet), lines, scale)


def _winner(swept: Sweep, number: int, values: NDArray[Any]) -> Iterator[str]:
    """Say which class has the largest value, where the units of a pass are classes."""
    names = swept.style.unit_names(swept.plan.passes[number].node)
    if len(names) > 1 and np.isfinite(values).all():
        yield f"largest: {names[int(values.argmax())]}"


def _failed(swept: Sweep, k: int, position: int) -> Cell:
    """Say why there is no tile."""
    failure, stopped = swept.variants[k].failure, len(swept.paths[k])
    assert failure is not None
    if position == stopped or swept.variants[k].input_shape is None:
        return Cell(None, ("does not fit", failure.reason))
    return Cell(None, ("not reached", f"{swept.names(stopped)[0]} does not fit"))
