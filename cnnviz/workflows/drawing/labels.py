"""What the words on sheets and kernels say: `--labels`."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Layer
from cnnviz.render.kit.colormap import Table
from cnnviz.render.kit.colors import largest_magnitude
from cnnviz.render.kit.numbers import percent, range_text, short
from cnnviz.render.labels.bars import labelled_bars
from cnnviz.render.labels.kernels import labelled_kernels
from cnnviz.render.labels.maps import labelled_maps, labelled_vector
from cnnviz.render.labels.strip import Scale, Strip
from cnnviz.render.report.build import used_ends
from cnnviz.render.scaling import Levels, Ranges
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import Node
from cnnviz.wording import plural, shape_text
from cnnviz.workflows.drawing.bars import class_chart
from cnnviz.workflows.drawing.style import Style

Array = NDArray[Any]

_BARS = 20
"""Classes that have a bar, the largest values if there are more."""

_DIGITS = 4
"""Digits of the range of a single map, as the report writes it."""


def label_layer(
    array: Array,
    levels: Levels,
    statistics: Statistics,
    node: Node,
    style: Style,
    used: Ranges,
    clipped: float | None = None,
    order: tuple[int, ...] | None = None,
) -> Levels:
    """Draw the sheet of a layer with words: its maps or cells, or bars if its units are classes with names.

    Args:
        array: `(H, W, C)` or `(units,)`.
        levels: What is drawn of it, as `to_levels` gives it.
        statistics: What `measure` said of it.
        node: The layer.
        style: How to draw.
        used: The range of each map that is drawn.
        clipped: Share of the values beyond the ranges; None if that is not to be said.
        order: The numbers of the maps; None if they are in the order of these.
    """
    shown = 1 if array.ndim == 1 else len(levels)
    ends = used_ends(used, statistics, shown)
    names = style.unit_names(node)
    what = f"{len(names)} classes" if len(names) > 1 else plural(len(array), "unit")
    facts = [shape_text(node.output_shape) if array.ndim == 3 else what]
    if array.ndim == 1 and len(node.input_shapes[0]) == 3 and prod(node.input_shapes[0]) == len(array):
        facts.append(f"{shape_text(node.input_shapes[0])} in a row")
    if array.ndim == 3 and shown < node.output_shape[2]:
        facts.append(f"{shown} of {node.output_shape[2]} maps shown")
    if order is not None:
        facts.append("the strongest first")
    if statistics.nonfinite:
        drawn = "" if names else f", drawn as {_black(style.table)}"
        facts.append(f"{plural(statistics.nonfinite, 'value')} not finite{drawn}")
    title = _title(node.layer)
    if names:
        chart = class_chart(array, names, statistics, node, _BARS, ranked=False)
        facts += [f"the {_BARS} largest"] * (len(chart.bars) < len(names))
        return labelled_bars(chart, Strip(title, (", ".join(facts),)))
    by_map = len(ends) > 1
    scale = None
    if by_map:
        scale = Scale("lowest value of a map", "its highest", _clipped(clipped), style.table)
    elif (low := ends[0][0]) is None or low == ends[0][1]:
        facts.append(range_text(ends[0]))
    else:
        scale = Scale(short(low), short(ends[0][1]), _clipped(clipped), style.table)
    strip = Strip(title, (", ".join(facts),), scale)
    if array.ndim == 1:
        return labelled_vector(levels, style.table, strip)
    numbers = range(shown) if order is None else order
    return labelled_maps(levels, style.table, strip, numbers, [range_text(pair, _DIGITS) for pair in ends] * by_map)


def label_kernels(kernel: Array, node: Node, name: str, table: Table) -> Levels:
    """Draw the kernels of a layer with words.

    Args:
        kernel: `(kernel height, kernel width, in, out)` or `(in, units)`.
        node: The layer.
        name: The name of the weight.
        table: Colours, `(256, 3)`.
    """
    *size, channels, filters = kernel.shape
    if size:
        facts = f"{plural(filters, 'filter')} of {shape_text((*size, channels))} weights"
    else:
        facts = f"a row for each of {plural(filters, 'unit')}, a column for each of {plural(channels, 'input')}"
    end = largest_magnitude(kernel)
    zeros = not np.abs(kernel[np.isfinite(kernel)]).max(initial=0)
    scale = None if zeros else Scale(short(-end, _DIGITS), short(end, _DIGITS), "zero is in the middle", table)
    return labelled_kernels(kernel, table, Strip(f"{_title(node.layer)}, {name.replace('_', ' ')}", (facts,), scale))


def _title(layer: Layer) -> str:
    return f"{layer.name} · {layer.kind_in_words()}"


def _clipped(share: float | None) -> str:
    return "" if share is None else f"{percent(share)} clipped"


def _black(table: Table | None) -> str:
    return "black" if table is None else "the first colour"
