"""`cnnviz run --figure`: all layers of one image in a labelled figure, gathered while they go by."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from cnnviz.errors import OutputError
from cnnviz.io.files import show_path
from cnnviz.layers.base import Array, Layer
from cnnviz.outputs.names import REPORT, is_picture
from cnnviz.render.classes import Recognition
from cnnviz.render.kit.colormap import colour
from cnnviz.render.kit.figures import check_figure, write_figure
from cnnviz.render.kit.numbers import range_text
from cnnviz.render.layers_figure.page import layers_figure
from cnnviz.render.layers_figure.row import LayerRow
from cnnviz.render.scaling import Levels, ranges, to_levels
from cnnviz.render.statistics import Statistics, measure
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.network import Network
from cnnviz.wording import shape_text
from cnnviz.workflows.drawing.bars import class_chart
from cnnviz.workflows.drawing.draw import draw, draw_input
from cnnviz.workflows.drawing.style import Style
from cnnviz.workflows.prepare.input_image import InputImage
from cnnviz.workflows.run.class_scores import ClassScores

_BARS = 5
"""Classes of a layer that are shown, those of the largest values."""

MAPS = 4
"""Maps of a layer that are shown, the first."""

_SCALES = {
    "layer": "each layer by its own range",
    "map": "each map by its own range",
    "symmetric": "each layer symmetric about zero",
    "percentile": "each layer between two percentiles of its values",
    "map-percentile": "each map between two percentiles of its values",
}


class LayersFigure:
    """Draws the rows of the layers: `--layer` chooses them, `--scale-by` and `--colormap` decide the colours.

    Attributes:
        rows: The input, and the layers so far.
    """

    def __init__(self, image: InputImage, style: Style) -> None:
        """Draw the row of the input.

        Args:
            image: The input.
            style: How the run draws.
        """
        self._style = replace(style, maps=True, max_maps=MAPS, order="index", labels=False)
        self._scores: ClassScores | None = None
        stats = measure(image.pixels).rounded()
        shape = shape_text(image.shape) + (f", {MAPS} shown" if image.is_array and image.shape[2] > MAPS else "")
        facts = (shape, range_text((stats.min, stats.max)))
        self.rows = [LayerRow(INPUT, facts, tuple(self._input(image)))]

    def _input(self, image: InputImage) -> Iterator[Levels]:
        """Draw what enters: a picture as it is, of an array its first channels."""
        if not image.is_array:
            yield draw_input(image, self._style)
            return
        levels = to_levels(image.pixels, ranges(measure(image.pixels), self._style.scale_by, image.pixels), MAPS)
        yield from colour(levels, self._style.table)

    def begin(self, network: Network) -> None:
        """Look for class scores among the layers that will come."""
        self._scores = ClassScores(network)

    def before(self, layer: Layer, array: Array) -> None:
        """Look at what a layer is before its activation (see `Network.iterate`)."""
        if self._scores is not None:
            self._scores.before(layer, array)

    def recognised(self) -> Recognition | None:
        """Return what the picture was taken for, once all layers have come; None where that is not known."""
        return self._scores.found() if self._scores is not None else None

    def add(self, node: Node, array: Array, statistics: Statistics) -> None:
        """Draw the row of a layer, if it is shown.

        Args:
            node: The layer.
            array: `(H, W, C)` or `(units,)`.
            statistics: The statistics of the array.
        """
        if self._scores is not None:
            self._scores.add(node.layer.name, array)
        if not self._style.shown(node):
            return
        stats = statistics.rounded()
        facts = [node.layer.kind_in_words(), shape_text(node.output_shape), range_text((stats.min, stats.max))]
        name = node.layer.name
        if names := self._style.unit_names(node):
            chart = class_chart(array, names, statistics, node, _BARS)
            if len(chart.bars) < len(names):
                facts[1] += f" classes, the {_BARS} largest"
            self.rows.append(LayerRow(name, tuple(facts), chart=chart))
        elif array.ndim == 1:
            levels = to_levels(array, ranges(statistics, self._style.scale_by, array))
            self.rows.append(LayerRow(name, tuple(facts), cells=colour(levels, self._style.table)))
        else:
            if array.shape[2] > MAPS:
                facts[1] += f", {MAPS} shown"
            self.rows.append(LayerRow(name, tuple(facts), draw(array, statistics, node, self._style).maps))


def check_layers_figure(path: Path, folder: Path | None) -> None:
    """Refuse a figure that cannot be drawn, or would take the place of a picture that a run writes.

    Args:
        path: Where it is to go: `.png`, `.svg` or `.pdf`.
        folder: The folder of the image; None if it is not on a disk.

    Raises:
        UsageError: If the suffix names no figure.
        OutputError: If something is in the way.
    """
    place = Path(os.path.realpath(path))
    own = None if folder is None else Path(os.path.realpath(folder))
    for above in list(place.parents)[:2]:  # a sheet is in the folder of its image, a single map in one below
        if is_picture(place.relative_to(above).as_posix()) and (above == own or (above / REPORT).exists()):
            raise OutputError(f"{show_path(path)}: a run writes its own picture there; name another file for --figure")
    check_figure(path)


def write_layers_figure(
    rows: Sequence[LayerRow], path: Path, title: str, style: Style, found: Recognition | None = None
) -> None:
    """Write the figure, whole or not at all; a file of that name is replaced.

    Args:
        rows: The input and the layers.
        path: The file.
        title: What stands above all rows.
        style: How the run draws.
        found: What the picture was taken for; None if that is not known.

    Raises:
        OutputError: If it cannot be written.
    """
    count = max((len(row.tiles) for row in rows), default=1)
    columns = [f"map {number}" for number in range(count)]
    scale = style.scale_by
    how = _SCALES.get(scale.mode, f"every layer from {scale.low:g} to {scale.high:g}")
    footer = f"Drawn {how}; the first maps of each."
    write_figure(lambda: layers_figure(rows, columns, title, footer, found), path)
