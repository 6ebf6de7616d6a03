"""Patches side by side: those of one channel with their words, and the strongest of all channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.exemplars.model import ChannelExemplars, ExemplarsReport
from cnnviz.render.exemplars.text import about, channel_name
from cnnviz.render.kit.canvas import EMPTY, INK, LINE, MUTED, SMALL, TEXT, Box, Canvas
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.numbers import short
from cnnviz.render.kit.tiles import TileGrid, fitted

Patch = NDArray[np.uint8]

_GAP, _TOP, _WORDS = 12, 60, 38
_SIDE, _SMALL_SIDE, _LABEL = 132, 60, 110


def draw_channel(report: ExemplarsReport, part: ChannelExemplars, patches: Sequence[Patch]) -> NDArray[np.uint8]:
    """Draw what one channel answers to, the strongest first, each with its value and its place.

    Args:
        report: What is said of all.
        part: The channel.
        patches: `(H, W)` or `(H, W, 3)`.
    """
    grid = TileGrid(max(1, ceil(sqrt(len(patches)))), _SIDE, _SIDE, _SIDE, _GAP, _TOP, foot=_WORDS)
    head = f"{report.name}: channel {channel_name(part)} of {report.layer}"
    canvas = grid.begin(len(patches), head, about(report), least=440)
    for number, (exemplar, patch) in enumerate(zip(part.exemplars, patches, strict=True)):
        box = grid.place(number)
        _paste(canvas, patch, box)
        where = "" if exemplar.at is None else f" @ {exemplar.at[0]},{exemplar.at[1]}"
        canvas.text(box.left, box.bottom + 4, short(exemplar.value) + where, SMALL, INK, room=_SIDE)
        canvas.text(box.left, box.bottom + 20, exemplar.file.rpartition("/")[2], SMALL, MUTED, room=_SIDE)
    return canvas.frame()


def draw_overview(report: ExemplarsReport, patches: Sequence[Sequence[Patch]]) -> NDArray[np.uint8]:
    """Draw a row for each channel: its patches, the strongest first.

    Args:
        report: What is said of them.
        patches: Those of each channel.
    """
    most = max((len(some) for some in patches), default=0)
    width = max(_GAP + _LABEL + most * (_SMALL_SIDE + 4) + _GAP, 440)
    canvas = Canvas.blank(width, _TOP + len(patches) * (_SMALL_SIDE + 6) + _GAP)
    canvas.text(_GAP, 10, f"{report.name}: {report.layer}", TEXT + 2, INK, bold=True, room=width - 2 * _GAP)
    canvas.text(_GAP, 34, about(report), SMALL, MUTED, room=width - 2 * _GAP)
    for row, (part, some) in enumerate(zip(report.channels, patches, strict=True)):
        top = _TOP + row * (_SMALL_SIDE + 6)
        canvas.text(_GAP, top + _SMALL_SIDE / 2 - 8, channel_name(part), SMALL, INK, "lm", room=_LABEL - 8)
        if part.exemplars:
            strongest = short(part.exemplars[0].value, 3)
            canvas.text(_GAP, top + _SMALL_SIDE / 2 + 8, strongest, SMALL, MUTED, "lm", room=_LABEL - 8)
        for column, patch in enumerate(some):
            box = Box(_GAP + _LABEL + column * (_SMALL_SIDE + 4), top, _SMALL_SIDE, _SMALL_SIDE)
            _paste(canvas, patch, box)
    return canvas.frame()


def _paste(canvas: Canvas, patch: Patch, box: Box) -> None:
    """Put a patch into the middle of a box, as large as it fits."""
    canvas.fill(box, EMPTY)
    high, wide = fitted(patch, round(box.width))
    inner = Box(round(box.left + (box.width - wide) / 2), round(box.top + (box.height - high) / 2), wide, high)
    canvas.paste(as_rgb(patch), inner)
    canvas.outline(inner, LINE, width=1)
