"""A run and its layers as notebooks show them: pictures inside the HTML, nothing to load."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.opencv import cv2
from cnnviz.render.cells import LONGEST_ROW
from cnnviz.render.kit.inlining import png_uri
from cnnviz.render.kit.numbers import range_text
from cnnviz.render.scaling import ScaleBy, ranges, to_levels
from cnnviz.render.sheets import picture, sheet
from cnnviz.render.statistics import measure
from cnnviz.stack.graph import INPUT
from cnnviz.stack.notebook import cells, table
from cnnviz.wording import plural, shape_text
from cnnviz.workflows.run.notebook_bars import bars_html, recognition_html

if TYPE_CHECKING:
    from cnnviz.workflows.run.trace import LayerTrace, Trace

_WIDE, _HIGH = 480, 120
"""Pixels of a layer's picture in the table of all, at most."""
_MAPS = 4

_CLASSES = 20
"""Units of a class layer that have a bar."""


def trace_html(trace: Trace) -> str:
    """Show what was recognised, and all layers in a table: name, type, shape, range and the first maps."""
    rows = [[*cells(("", INPUT, "", shape_text(trace.pixels.shape), "")), _image(_input(trace), INPUT)]]
    for number, (name, layer) in enumerate(trace.items(), 1):
        facts = (str(number), name, layer.layer.kind_in_words(), shape_text(layer.array.shape), range_text(layer.range))
        rows.append([*cells(facts), _layer(layer, name)])
    headers = ("", "layer", "type", "shape", "range", "first maps")
    found = "" if trace.recognition is None else recognition_html(trace.recognition)
    return found + table(f"{trace.stack.name}: {plural(len(trace), 'layer')}", headers, rows)


def layer_html(layer: LayerTrace) -> str:
    """Show all maps of a layer with its name, type, shape and range; the units of a class layer as bars."""
    words = (
        f"{layer.layer.name}: {layer.layer.kind_in_words()}, {shape_text(layer.array.shape)}, {range_text(layer.range)}"
    )
    chart = layer._chart(_CLASSES)
    if chart is not None:
        more = len(layer.array) - len(chart.bars)
        return bars_html(words + (f", {more:,} smaller ones left out" if more else ""), chart)
    return (
        f'<figure style="margin: 0"><img src="{png_uri(layer.image())}" alt="{escape(words)}" '
        f'style="max-width: 100%; image-rendering: pixelated"><figcaption>{escape(words)}</figcaption></figure>'
    )


def _layer(layer: LayerTrace, name: str) -> str:
    """Draw a layer for its row: its first maps, or its cells."""
    if layer.array.ndim == 3:
        return _image(layer.image(max_maps=_MAPS, labels=False), name)
    return _image(layer._cells(_WIDE if len(layer.array) <= LONGEST_ROW else _HIGH), name)


def _input(trace: Trace) -> NDArray[np.uint8]:
    """Draw what entered: as a picture where it can be one, else its first maps."""
    pixels = trace.pixels
    if pixels.shape[2] in (1, 3) and 0 <= pixels.min() <= pixels.max() <= 255:
        return picture(pixels, trace.stack.input.color)
    some = pixels[:, :, :_MAPS]
    return sheet(to_levels(some, ranges(measure(some), ScaleBy("map"), some)))


def _image(levels: NDArray[np.uint8], alt: str) -> str:
    """Write a picture in the size of a table's row: shrunk, or enlarged by a whole factor."""
    height, width = levels.shape[:2]
    scale = min(_WIDE / width, _HIGH / height)
    if scale >= 2:
        levels = levels.repeat(int(scale), 0).repeat(int(scale), 1)
    elif scale < 1:
        lib = cv2()
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        levels = lib.resize(levels, size, interpolation=lib.INTER_AREA)
    return f'<img src="{png_uri(levels)}" alt="{escape(alt)}" style="max-width: none">'
