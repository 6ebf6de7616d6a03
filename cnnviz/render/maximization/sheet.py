"""The pictures of all channels side by side, labelled."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.canvas import INK, MUTED, SMALL, TEXT, Box, Canvas
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.numbers import short
from cnnviz.render.maximization.model import MaximizationReport
from cnnviz.render.maximization.text import about, channel_name

_SIDE, _GAP, _HEAD, _TOP = 144, 12, 22, 58


def draw_sheet(report: MaximizationReport, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Draw the pictures of all channels, each with its name and how far it came.

    Args:
        report: What is said of them.
        pictures: `(H, W)` or `(H, W, 3)`, all of one size.
    """
    columns = len(pictures) if len(pictures) <= 5 else ceil(sqrt(2 * len(pictures)))
    rows = ceil(len(pictures) / columns)
    height, width = pictures[0].shape[:2]
    factor = max(1, _SIDE // max(height, width))
    wide, high = width * factor, height * factor
    cell = max(wide, 90)
    # One picture alone is narrower than what is said of it.
    across = max(_GAP + columns * (cell + _GAP), 480)
    canvas = Canvas.blank(across, _TOP + rows * (high + _HEAD + _GAP))
    room = across - 2 * _GAP
    canvas.text(_GAP, 10, f"{report.name}: what {report.layer} wants to see", TEXT + 2, INK, bold=True, room=room)
    canvas.text(_GAP, 34, about(report), SMALL, MUTED, room=room)
    for place, (part, picture) in enumerate(zip(report.channels, pictures, strict=True)):
        row, column = divmod(place, columns)
        left, top = _GAP + column * (cell + _GAP), _TOP + row * (high + _HEAD + _GAP)
        canvas.text(left, top + 2, f"{channel_name(part)}: {short(part.after, 3)}", SMALL, INK, room=cell)
        canvas.paste(as_rgb(picture), Box(left, top + _HEAD, wide, high))
    return canvas.frame()
