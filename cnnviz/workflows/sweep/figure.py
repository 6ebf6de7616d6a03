"""A sweep as one labelled figure for a slide or a paper: rows are layers, columns are combinations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cnnviz.render.kit.figures import write_figure
from cnnviz.render.layers_figure.page import layers_figure
from cnnviz.render.layers_figure.row import LayerRow
from cnnviz.render.scaling import Levels
from cnnviz.render.sweep.frame import LayerTiles
from cnnviz.render.sweep.model import SweepReport
from cnnviz.render.sweep.wording import common_shape, kinds
from cnnviz.workflows.sweep.setup import Sweep


def write_sweep_figure(swept: Sweep, report: SweepReport, drawn: Mapping[int, LayerTiles], path: Path) -> None:
    """Draw all layers of a sweep as a figure, whole or not at all; a file of that name is replaced.

    Args:
        swept: The sweep.
        report: What it found.
        drawn: The layers that are drawn, by position.
        path: `.png`, `.svg` or `.pdf`.

    Raises:
        OutputError: If it cannot be written.
    """
    rows = [_row(swept, report, layer, position) for position, layer in sorted(drawn.items())]
    columns = [", ".join(combination.values) or report.name for combination in report.combinations]
    varied = ", ".join(option.name for option in report.options)
    scale = "each tile by its own range" if report.scale == "each" else "each layer by one range"
    title = f"{report.name}: {report.file}" + (f", {varied}" if varied else "")
    empty = any(tile is None for row in rows for tile in row.tiles)
    footer = f"Drawn {scale}{'; empty places did not fit' if empty else ''}."
    write_figure(lambda: layers_figure(rows, columns, title, footer), path)


def _row(swept: Sweep, report: SweepReport, layer: LayerTiles, position: int) -> LayerRow:
    sheet = report.layers[position]
    facts = filter(None, (kinds(sheet), common_shape(report, position)))
    # Combinations that share a tile have it in every column.
    pictures: dict[int, Levels | None] = {}
    for number, cell in layer.cells.items():
        if position < len(swept.paths[number]):
            pictures[swept.paths[number][position]] = cell.picture
    tiles = tuple(pictures[path[position]] if position < len(path) else None for path in swept.paths)
    return LayerRow(", ".join(sheet.names), tuple(facts), tiles)
