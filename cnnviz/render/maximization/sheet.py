"""The pictures of all channels side by side, labelled."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.canvas import INK, SMALL
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.numbers import short
from cnnviz.render.kit.tiles import TileGrid
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
    height, width = pictures[0].shape[:2]
    factor = max(1, _SIDE // max(height, width))
    wide, high = width * factor, height * factor
    grid = TileGrid(columns, wide, high, max(wide, 90), _GAP, _TOP, head=_HEAD)
    head = f"{report.name}: what {report.layer} wants to see"
    canvas = grid.begin(len(pictures), head, about(report), least=480)
    for number, (part, picture) in enumerate(zip(report.channels, pictures, strict=True)):
        box = grid.place(number)
        words = f"{channel_name(part)}: {short(part.after, 3)}"
        canvas.text(box.left, box.top - _HEAD + 2, words, SMALL, INK, room=grid.cell)
        canvas.paste(as_rgb(picture), box)
    return canvas.frame()
