"""The words of a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.animation.arithmetic import NamedNumber
from cnnviz.render.animation.layout import MARGIN, OPERATOR, Layout
from cnnviz.render.kit.canvas import ACCENT, INK, LINE, MUTED, SMALL, TEXT, Box, Canvas
from cnnviz.render.kit.numbers import range_text

_STEP = 18
_RANGE = SMALL - 1
_ABOUT = " \N{ALMOST EQUAL TO}"
_SIGN = 18
_SPACE = 6
"""Pixels between the words of two panels."""
_MOST = 0.5
"""Part of the width that the lines above may take at the right."""


def write_head(canvas: Canvas, left: tuple[str, str], right: tuple[str, str]) -> None:
    """Write the two lines above, each with a part at the left and one at the right, which goes before.

    Args:
        canvas: Where to.
        left: What is shown: a name, and details.
        right: Which part of it: two lines.
    """
    room = canvas.width - 2 * MARGIN
    lines = ((10, TEXT, INK, True), (29, SMALL, MUTED, False))
    for (y, size, color, bold), words, beside in zip(lines, left, right, strict=True):
        taken = min(canvas.text_width(beside, size, bold), room * _MOST)
        canvas.text(canvas.width - MARGIN, y, beside, size, color, "ra", bold, room=taken + 1)
        canvas.text(MARGIN, y, words, size, color, "la", bold, room=room - taken - (2 * _SPACE if beside else 0))


def progress(number: int, shown: int, total: int) -> str:
    """Say which of how many places a frame is about."""
    return f"{number} of {shown}" if shown == total else f"{number} of {shown} shown, of {total:,}"


def write_label(canvas: Canvas, box: Box, words: str, room: float, rounded: bool = False) -> None:
    """Write what a panel is, above it, in so many pixels, and whether the numbers in its cells are cut."""
    words = marked(canvas, words, room - _SPACE, SMALL, rounded)
    canvas.text(box.left, box.top - 4, words, SMALL, MUTED, "ls")


def write_map(
    canvas: Canvas, layout: Layout, box: Box, name: tuple[str, str], values: NDArray[Any], rounded: bool
) -> None:
    """Write a map's name above it, and its range below, with whether the numbers in its cells are cut.

    Args:
        canvas: Where to.
        layout: Where the maps stand.
        box: Where this one stands.
        name: The layer's and the map's; the layer's is shortened where both together are too long.
        values: The map.
        rounded: Whether the numbers in its cells are cut.
    """
    room = layout.pitch if box in layout.inputs else layout.width - box.left - MARGIN + _SPACE
    end = f", {name[1]}"
    layer = canvas.shortened(name[0], room - _SPACE - canvas.text_width(end))
    write_label(canvas, box, layer + end, room)
    said = marked(canvas, span(values), room - _SPACE, _RANGE, rounded, "; cells rounded")
    canvas.text(box.left, box.bottom + 4, said, _RANGE, MUTED)


def marked(canvas: Canvas, words: str, room: float, size: int, rounded: bool, mark: str = ", rounded") -> str:
    """Return words that fit, with a mark where numbers are cut: the words give way to it."""
    if rounded and canvas.text_width(words + mark, size) > room:
        mark = _ABOUT
    if not rounded:
        return canvas.shortened(words, room, size)
    return canvas.shortened(words, room - canvas.text_width(mark, size), size) + mark


def span(values: NDArray[Any]) -> str:
    """Write the range of values."""
    finite = values[np.isfinite(values)]
    return range_text((float(finite.min()), float(finite.max())) if finite.size else (None, None))


def write_panel_labels(
    canvas: Canvas, layout: Layout, names: Sequence[str], channels: Sequence[str], rounded: Sequence[bool]
) -> None:
    """Write what the panels are, and which channel's where the map does not stand beside them.

    Args:
        canvas: Where to.
        layout: Where the panels stand.
        names: What the panels of a channel are.
        channels: What the channels are called.
        rounded: Of each panel, whether the numbers in its cells are cut.
    """
    for number, (boxes, channel) in enumerate(zip(layout.panels, channels, strict=True)):
        labels = list(names) if number == 0 else [""] * len(names)
        if not layout.beside and len(channels) > 1:
            both = f"{labels[0]}, {channel}"
            wanted = canvas.text_width(both + _ABOUT if rounded[0] else both)
            fits = number == 0 and wanted <= boxes[0].width + OPERATOR - _SPACE
            labels[0] = both if fits else channel
        for box, label, cut in zip(boxes, labels, rounded, strict=True):
            write_label(canvas, box, label, box.width + OPERATOR, cut and number == 0)


def write_sign(canvas: Canvas, left: Box, right: Box, sign: str) -> None:
    """Write a sign between two panels."""
    canvas.text((left.right + right.left) / 2, left.middle[1], sign, _SIGN, INK, "mm")


def write_arithmetic(canvas: Canvas, box: Box, lines: Sequence[NamedNumber]) -> None:
    """Write lines of a label and a number, the last one under a rule."""
    for number, line in enumerate(lines):
        y = box.top + number * _STEP
        last = number == len(lines) - 1
        if last:
            canvas.fill(Box(box.left, y - 2, box.width, 1), LINE)
        room = box.width - canvas.text_width(line.value, SMALL, last) - _SPACE
        canvas.text(box.left, y, line.label, SMALL, INK, "la", bold=last, room=room)
        canvas.text(box.right, y, line.value, SMALL, ACCENT if last else INK, "ra", bold=last)
