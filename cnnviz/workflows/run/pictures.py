"""The pictures of an image's layers, drawn and handed to the encoder while the layers go by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from cnnviz.layers.base import Array, Weights
from cnnviz.outputs.names import LayerFiles
from cnnviz.render.report.build import in_use
from cnnviz.render.report.model import LayerReport
from cnnviz.render.scaling import Levels, Ranges
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import Node
from cnnviz.workflows.drawing.draw import draw, draw_kernels
from cnnviz.workflows.drawing.encoding import Encoder
from cnnviz.workflows.drawing.style import Style


class DrawnMaps(NamedTuple):
    """A layer's maps as they were drawn, for the page to take over.

    Attributes:
        levels: Gray levels of the maps, by their numbers, `(maps, H, W)` or `(units,)`.
        ranges: The range of values that each was drawn with.
        files: The bytes of each map's picture in gray, once it is encoded; none where there are no such pictures.
    """

    levels: Levels
    ranges: Ranges
    files: tuple[Callable[[], bytes], ...]


class LayerPictures:
    """Draws every layer of an image that is to be drawn.

    Attributes:
        latest: The maps of the layer that was added last; None where it is not drawn, or in another order.
    """

    def __init__(
        self, files: Mapping[str, LayerFiles], style: Style, weights: Mapping[str, Weights], encoder: Encoder
    ) -> None:
        """Draw nothing yet.

        Args:
            files: What to draw of each layer, and where to, by its name.
            style: How to draw.
            weights: The weights of each layer, by the layer's name.
            encoder: Takes the pictures.
        """
        self.latest: DrawnMaps | None = None
        self._files = files
        self._style = style
        self._weights = weights
        self._encoder = encoder
        self._used: dict[str, dict[str, Any]] = {}
        self._maps: dict[str, tuple[str, ...]] = {}

    def add(self, node: Node, array: Array, statistics: Statistics) -> None:
        """Draw the next layer."""
        name = node.layer.name
        self.latest = None
        files = self._files[name]
        if files.sheet is None:
            return
        drawn = draw(array, statistics, node, self._style)
        self._used[name] = in_use(drawn.ranges, statistics, self._style.shown(node), drawn.clipped, drawn.order)
        self._encoder.put(files.sheet, drawn.sheet)
        alone = files.maps if drawn.order is None else tuple(files.maps[number] for number in drawn.order if files.maps)
        self._maps[name] = alone
        written = [self._encoder.put(path, levels) for path, levels in zip(alone, drawn.maps, strict=True)]
        if drawn.order is None:
            gray = () if self._style.table is not None else tuple(written)
            self.latest = DrawnMaps(drawn.levels, drawn.ranges, gray)
        if files.composite is not None and drawn.composite is not None:
            self._encoder.put(files.composite, drawn.composite)
        if files.kernels is not None:
            self._encoder.put(files.kernels, draw_kernels(node, self._weights[name], self._style))

    def add_to(self, report: LayerReport) -> LayerReport:
        """Add a layer's pictures to its report, once all are written."""
        files, written = self._files[report.name], self._encoder.pictures
        return replace(
            report,
            sheet=written[files.sheet] if files.sheet else None,
            maps=tuple(written[path] for path in self._maps.get(report.name, ())),
            composite=written[files.composite] if files.composite else UNSET,
            kernels=written[files.kernels] if files.kernels else UNSET,
            **self._used.get(report.name, {"shown": None}),
        )
