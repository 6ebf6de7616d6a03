"""`cnnviz run --figure`: all layers of one image in a labelled figure, gathered while they go by."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from cnnviz.layers.base import Array
from cnnviz.render.kit.figures import check_figure, write_figure
from cnnviz.render.kit.numbers import range_text
from cnnviz.render.layers_figure import LayerRow, layers_figure
from cnnviz.render.statistics import Statistics, measure
from cnnviz.stack.graph import INPUT, Node
from cnnviz.wording import shape_text
from cnnviz.workflows.drawing.draw import draw, draw_input
from cnnviz.workflows.drawing.style import Style
from cnnviz.workflows.prepare.input_image import InputImage

MAPS = 4
"""Maps of a layer that are shown, the first."""

_SCALES = {
    "layer": "each layer by its own range",
    "map": "each map by its own range",
    "symmetric": "each layer symmetric about zero",
}


class LayersFigure:
    """A figure of all layers of one image: `--layer` chooses the rows, `--scale-by` and `--colormap` the colours."""

    def __init__(self, path: Path, title: str, style: Style) -> None:
        """Begin a figure.

        Args:
            path: Where it is to go: `.png`, `.svg` or `.pdf`.
            title: What stands above all rows.
            style: How the run draws.

        Raises:
            UsageError: If the suffix names no figure.
            OutputError: If something is in the way.
        """
        check_figure(path)
        self._path = path
        self._title = title
        self._style = replace(style, maps=True, max_maps=MAPS)
        self._rows: list[LayerRow] = []

    def add_input(self, image: InputImage) -> None:
        """Draw the row of what enters."""
        stats = measure(image.pixels).rounded()
        facts = (shape_text(image.shape), range_text((stats.min, stats.max)))
        self._rows = [LayerRow(INPUT, facts, (draw_input(image, self._style),))]

    def add(self, node: Node, array: Array, statistics: Statistics) -> None:
        """Draw the row of a layer, if it is shown.

        Args:
            node: The layer.
            array: `(H, W, C)` or `(units,)`.
            statistics: Of the array.
        """
        if not self._style.shown(node):
            return
        stats = statistics.rounded()
        facts = [type(node.layer).__name__, shape_text(node.output_shape), range_text((stats.min, stats.max))]
        drawn = draw(array, statistics, node, self._style)
        is_vector = array.ndim == 1
        if not is_vector and array.shape[2] > MAPS:
            facts[1] += f", {MAPS} shown"
        tiles = (drawn.sheet,) if is_vector else drawn.maps
        self._rows.append(LayerRow(node.layer.name, tuple(facts), tiles, vector=is_vector))

    def write(self) -> None:
        """Write the figure, whole or not at all; a file of that name is replaced.

        Raises:
            OutputError: If it cannot be written.
        """
        count = max((len(row.tiles) for row in self._rows[1:]), default=1)
        columns = [f"map {number}" for number in range(count)]
        scale = self._style.scale_by
        how = _SCALES.get(scale.mode, f"every layer from {scale.low:g} to {scale.high:g}")
        footer = f"Drawn {how}; the first maps of each."
        write_figure(lambda: layers_figure(self._rows, columns, self._title, footer), self._path)
