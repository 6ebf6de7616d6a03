"""What the command does, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from cnnviz.layers.base import Layer
from cnnviz.render.cells import vector_cells
from cnnviz.render.kit.bars import BarChart
from cnnviz.render.kit.colormap import colormap as find_colors
from cnnviz.render.scaling import ScaleBy, ranges, to_levels
from cnnviz.render.statistics import Statistics, measured
from cnnviz.stack.graph import Node
from cnnviz.stack.network import Network
from cnnviz.stack.spec import Stack
from cnnviz.workflows.drawing.bars import class_chart
from cnnviz.workflows.drawing.draw import draw
from cnnviz.workflows.drawing.style import Style
from cnnviz.workflows.prepare.input_image import Image, take_input
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import DrawingRequest, StackRequest
from cnnviz.workflows.run.class_scores import ClassScores


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """A layer's output.

    Attributes:
        layer: The layer.
        array: `(height, width, channels)` or `(units,)`.
    """

    layer: Layer
    array: NDArray[Any]
    _node: Node
    _statistics: Statistics
    _style: Style

    @property
    def range(self) -> tuple[float | None, float | None]:
        """The smallest and the largest finite value, rounded as in the report; None if nothing is finite."""
        stats = self._statistics.rounded()
        return stats.min, stats.max

    def image(
        self,
        scale_by: str | None = None,
        colormap: str | None = None,
        max_maps: int | None = None,
        labels: bool | None = None,
    ) -> NDArray[np.uint8]:
        """Draw the sheet of all maps, as `cnnviz run` writes it.

        Args:
            scale_by: What range becomes 0..255; None for the stack's own.
            colormap: A matplotlib colormap; None for the stack's own.
            max_maps: Draw at most so many maps, 0 for all; None for 64.
            labels: Write on it what it shows; None for the stack's own, which is not to.

        Returns:
            `(H, W)`, or `(H, W, 3)` in RGB with a colormap.

        Raises:
            UsageError: If there is no such scale or colormap.
        """
        style = self._style
        if scale_by is not None:
            style = replace(style, scale_by=ScaleBy.parse(scale_by))
        if colormap:
            style = replace(style, colormap=colormap, table=find_colors(colormap))
        if max_maps is not None:
            style = replace(style, max_maps=max_maps)
        if labels is not None:
            style = replace(style, labels=labels)
        return draw(self.array, self._statistics, self._node, style).sheet

    def _cells(self, room: int) -> NDArray[np.uint8]:
        """Draw a vector's cells so that the longer side takes so many pixels at most."""
        levels = to_levels(self.array, ranges(self._statistics, self._style.scale_by, self.array))
        return vector_cells(levels, self._style.table, room)

    def _chart(self, most: int) -> BarChart | None:
        """Return the units of a class layer as bars, the largest first; None for any other layer."""
        names = self._style.unit_names(self._node)
        return class_chart(self.array, names, self._statistics, self._node, most) if names else None

    def _repr_html_(self) -> str:
        from cnnviz.workflows.run.notebook import layer_html

        return layer_html(self)

    def _repr_png_(self) -> bytes:
        from cnnviz.io.png import encode_png

        return encode_png(self.image())


class Trace(Mapping[str, LayerTrace]):
    """All layers' outputs for one image, by name and in order.

    Attributes:
        stack: The stack.
        network: The stack with its weights.
        pixels: What entered: `(height, width, channels)`, from 0 to 255.
        recognition: What a trained network took the picture for: `likely`, the likeliest classes, each with its `unit`,
            `name`, `score` and `share`. None where made-up weights take it for anything, or the stack does not end in
            class scores.
    """

    def __init__(self, network: Network, pixels: NDArray[np.float64], style: Style) -> None:
        """Run the network; `cnnviz.run` is the usual way here."""
        self.stack: Stack = network.stack
        self.network = network
        self.pixels = pixels
        self._layers: dict[str, LayerTrace] = {}
        scores = ClassScores(network)
        for node, array, statistics in measured(network.walk(pixels, scores.before)):
            scores.add(node.layer.name, array)
            self._layers[node.layer.name] = LayerTrace(node.layer, array, node, statistics, style)
        self.recognition = scores.found()

    def __getitem__(self, name: str) -> LayerTrace:
        return self._layers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def _repr_html_(self) -> str:
        from cnnviz.workflows.run.notebook import trace_html

        return trace_html(self)


def run(
    image: Image,
    config: str | PathLike[str] | Mapping[str, Any],
    *,
    seed: int | None = None,
    weights: str | PathLike[str] | None = None,
    dtype: Literal["float64", "float32"] = "float64",
    threads: int | None = None,
) -> Trace:
    """Run one image through a stack, as `cnnviz run` does, and keep every layer's output.

    Args:
        image: A file, `sample:NAME`, or an array, `(height, width)` or `(height, width, channels)`, which is taken as
            it is, without colour conversion.
        config: A YAML file, the name of a bundled stack, or a mapping of the same form.
        seed: Seed of the random initialisers; None for the stack's own.
        weights: A file of weights, matched by layer name, or `sample:NAME`.
        dtype: Arithmetic of the forward pass.
        threads: Threads inside the image; None for the usable cores.

    Raises:
        CnnvizError: If the image, the stack or the weights are wrong.
    """
    request = StackRequest(
        config=config, seed=seed, weights=None if weights is None else Path(weights), dtype=dtype, threads=threads
    )
    preparation = Preparation(request)
    stack = preparation.stack
    entering = take_input(image, stack.input)
    preparation.check(entering.shape)
    return Trace(preparation.network(entering.shape), entering.pixels, Style.of(stack, DrawingRequest()))
