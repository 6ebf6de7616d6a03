"""From a layer's tensor to encoded pictures: measured once, scaled once, drawn alone and in the sheet."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Weights
from cnnviz.render.activity import strongest_first
from cnnviz.render.kernels import kernel_sheet
from cnnviz.render.kit.colormap import colour
from cnnviz.render.scaling import Levels, Ranges, ranges, to_levels
from cnnviz.render.sheets import composite, picture, sheet
from cnnviz.render.statistics import Statistics, measure
from cnnviz.stack.graph import Node
from cnnviz.workflows.drawing.style import Style, kernel_of, kernel_to_draw
from cnnviz.workflows.prepare.input_image import InputImage


class DrawnLayer(NamedTuple):
    """A layer as pictures, `(H, W)` or `(H, W, 3)`.

    Attributes:
        levels: Gray levels of the sheet's maps, `(maps, H, W)` or `(units,)`.
        sheet: All maps side by side.
        maps: Each map alone, as the sheet has them; empty for a vector.
        composite: A 3-map layer as one colour picture.
        ranges: The range of values that each map of the sheet was drawn with.
        clipped: Share of the layer's finite values beyond the ranges, where percentiles are the ends.
        order: The numbers of the sheet's maps, if it does not show them in the order of these.
    """

    levels: Levels
    sheet: Levels
    maps: tuple[Levels, ...]
    composite: Levels | None
    ranges: Ranges
    clipped: float | None
    order: tuple[int, ...] | None


def draw(array: NDArray[Any], statistics: Statistics, node: Node, style: Style) -> DrawnLayer:
    """Draw a layer.

    Args:
        array: `(H, W, C)` or `(units,)`.
        statistics: What `measure` said of it.
        node: The layer.
        style: How to draw.
    """
    used = ranges(statistics, style.scale_by, array)
    clipped = used.clipped(array) if style.scale_by.by_percentile else None
    order = None
    if style.by_activity(node):
        order = strongest_first(array, statistics)[: style.max_maps or None]
        array, used = array[..., list(order)], used.of_maps(order)
    levels = to_levels(array, used, limit=style.max_maps)
    alone = () if array.ndim == 1 or not style.maps else tuple(colour(level, style.table) for level in levels)
    together = None
    if style.has_composite(node):
        together = composite(levels if order is None else levels[np.argsort(order)], style.color)
    if style.labels:
        from cnnviz.workflows.drawing.labels import label_layer

        whole = label_layer(array, levels, statistics, node, style, used, clipped, order)
    else:
        whole = sheet(levels, style.table)
    return DrawnLayer(levels, whole, alone, together, used, clipped, order)


def draw_kernels(node: Node, weights: Weights, style: Style) -> Levels:
    """Draw a layer's kernels in the symmetric scale: red and blue about zero if no colours were asked for."""
    from cnnviz.render.kit.colors import signed_colours

    kernel, table = kernel_to_draw(node, weights), signed_colours() if style.table is None else style.table
    if not style.labels:
        return kernel_sheet(kernel, table)
    from cnnviz.workflows.drawing.labels import label_kernels

    return label_kernels(kernel, node, str(kernel_of(node)), table)


def draw_input(image: InputImage, style: Style) -> Levels:
    """Draw what enters: a picture as it is, an array as a sheet of its channels."""
    if image.is_array:
        used = ranges(measure(image.pixels), style.scale_by, image.pixels)
        return sheet(np.asarray(to_levels(image.pixels, used, style.max_maps)), style.table)
    return picture(image.pixels, image.color)
