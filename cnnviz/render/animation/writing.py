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
_SIGN = 18
_SPACE = 6
"""Pixels between the words of two panels."""
_HALF = (0.55, 0.42)
"""Parts of the width that the lines above have, at the left and at the right."""


def write_head(canvas: Canvas, title: str, details: str, right: bool = False) -> None:
    """Write the two lines above, at one side."""
    x, side = (canvas.image.width - MARGIN, "r") if right else (MARGIN, "l")
    room = (canvas.image.width - 2 * MARGIN) * _HALF[right]
    canvas.text(x, 10, title, TEXT, INK, f"{side}a", bold=True, room=room)
    canvas.text(x, 29, details, SMALL, MUTED, f"{side}a", room=room)


def progress(number: int, shown: int, total: int) -> str:
    """Say which of how many places a frame is about."""
    return f"{number} of {shown}" if shown == total else f"{number} of {shown} shown, of {total:,}"


def write_label(canvas: Canvas, box: Box, words: str, room: float) -> None:
    """Write what a panel is, above it, in so many pixels."""
    canvas.text(box.left, box.top - 4, words, SMALL, MUTED, "ls", room=room - _SPACE)


def write_map(canvas: Canvas, layout: Layout, box: Box, name: str, values: NDArray[Any]) -> None:
    """Write a map's name above it, and its range below."""
    room = layout.pitch if box in layout.inputs else layout.width - box.left
    write_label(canvas, box, name, room)
    canvas.text(box.left, box.bottom + 4, span(values), SMALL - 1, MUTED, room=room - _SPACE)


def span(values: NDArray[Any]) -> str:
    """Write the range of values."""
    finite = values[np.isfinite(values)]
    return range_text((float(finite.min()), float(finite.max())) if finite.size else (None, None), 4)


def write_panel_labels(canvas: Canvas, layout: Layout, names: Sequence[str], channels: Sequence[str]) -> None:
    """Write what the panels are, and which channel's where the map does not stand beside them."""
    for number, (boxes, channel) in enumerate(zip(layout.panels, channels, strict=True)):
        labels = list(names) if number == 0 else [""] * len(names)
        if not layout.beside and len(channels) > 1:
            labels[0] = f"{labels[0]}, {channel}" if number == 0 else channel
        for box, label in zip(boxes, labels, strict=True):
            write_label(canvas, box, label, box.width + OPERATOR)


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
        canvas.text(box.left, y, line.label, SMALL, INK, "la", bold=last)
        canvas.text(box.right, y, line.value, SMALL, ACCENT if last else INK, "ra", bold=last)
