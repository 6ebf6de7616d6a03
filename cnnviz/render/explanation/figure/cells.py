"""A window in cells: values, weights and what comes of them side by side, each with its number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation import parts, wording
from cnnviz.render.explanation.figure.canvas import MARGIN, PADDING, FigurePage
from cnnviz.render.explanation.figure.measuring import fitting_size, text_width
from cnnviz.render.explanation.figure.texts import draw_words
from cnnviz.render.explanation.numbers import loses, number, written
from cnnviz.render.explanation.parts import NumberKind
from cnnviz.render.kit.colors import FAINT, INK, diverging, ink_on, largest_magnitude
from cnnviz.render.kit.numbers import rounding

# In inches: between two grids, above each, below each.
_GAP, _HEAD, _BETWEEN = 0.42, 0.42, 0.16
_LARGEST_CELL, _TALLEST = 0.6, 4.0
_ROOMY_CELL, _WIDEST = 0.46, 16.0
"""The cells that a page may be widened for, and how far."""
_SUM = 1.55
"""Room for a channel's sum beside its grids."""

_SIGNS = {"*": "\N{MULTIPLICATION SIGN}", "->": "\N{RIGHTWARDS ARROW}"}


class CellStyle(NamedTuple):
    """How windows are drawn in cells.

    Attributes:
        labels: Inches beside the grids.
        beside: Whether a channel's sum stands beside its grids; else above them.
        channels: Channels that are drawn where they are too many.
        readable: The smallest letters that numbers of so many digits are drawn in.
    """

    labels: float = 0.95
    beside: bool = True
    channels: int = parts.CHANNELS
    readable: tuple[tuple[int, float], ...] = ((4, 6.0), (3, 5.0))


class _Written(NamedTuple):
    """The numbers of one kind as they are written.

    Attributes:
        kind: What they are.
        texts: The numbers, `(rows, columns, channels)`.
        size: Size of the letters; 0 where they would be too small to read.
        cut: Whether digits of any are left out.
    """

    kind: NumberKind
    texts: NDArray[np.object_]
    size: float
    cut: bool

    @classmethod
    def of(cls, kind: NumberKind, cell: float, readable: tuple[tuple[int, float], ...]) -> _Written:
        """Write numbers with as many digits as cells have room for."""
        for digits, least in readable:
            texts = written(kind.numbers, digits)
            size = fitting_size(max((str(text) for text in texts.flat), key=len), cell - 0.06)
            if size >= least:
                return cls(kind, texts, size, loses(kind.numbers, digits))
        return cls(kind, texts, 0.0, cut=False)


def wanted_width(patch: Patch, stage: Stage) -> float:
    """Return the width of a page on which the numbers can be read; 0 where none would do."""
    rows, across = patch.inside.shape
    kinds = parts.kinds(patch, stage)
    wanted = 2 * MARGIN + _beside(len(kinds), patch, CellStyle()) + len(kinds) * across * _ROOMY_CELL
    return wanted if wanted <= _WIDEST and rows * _ROOMY_CELL <= _TALLEST else 0.0


def draw_cells(page: FigurePage, patch: Patch, stage: Stage, style: CellStyle) -> None:
    """Draw a row of grids for each channel that is shown.

    Args:
        page: The page.
        patch: A window.
        stage: The stage that reads it.
        style: How.
    """
    shown, kinds = parts.channels(patch, style.channels), parts.kinds(patch, stage)
    rows, across = patch.inside.shape
    room = (page.room - _beside(len(kinds), patch, style)) / (len(kinds) * across)
    cell = min(_LARGEST_CELL, room, _TALLEST / rows)
    grids = [_Written.of(kind, cell, style.readable) for kind in kinds]
    for channel in shown.channels:
        _draw_channel(page, page.block(_HEAD + rows * cell + _BETWEEN), patch, grids, channel, cell, style)
    notes = [wording.channels_left_out(patch, stage, shown)] if shown.left_out else []
    if not all(grid.size for grid in grids):
        notes.append("the cells are too small for numbers: --json has them")
    if notes:
        draw_words(page, "; ".join(notes), 8, FAINT)


def _beside(kinds: int, patch: Patch, style: CellStyle) -> float:
    """Return the width of all that is no cell."""
    return style.labels + (kinds - 1) * _GAP + (_SUM if style.beside and patch.terms is not None else 0)


def _draw_channel(
    page: FigurePage, top: float, patch: Patch, grids: list[_Written], channel: int, cell: float, style: CellStyle
) -> None:
    rows, across = patch.inside.shape
    left, first = page.left + style.labels, top + _HEAD
    name = parts.label(patch, channel)
    page.text(page.left, top + 0.1, name, 9, weight="bold")
    step, end = max(1, int(np.ceil(0.3 / cell))), 0.0
    for place in range(0, rows, step):
        page.text(left - 0.08, first + (place + 0.5) * cell, f"{patch.rows[place]}", 7.5, FAINT, ha="right")
    for place in range(0, across, step):
        page.text(left + (place + 0.5) * cell, first - 0.1, f"{patch.columns[place]}", 7.5, FAINT, ha="center")
    for grid in grids:
        title = f"{grid.kind.title}, rounded" if grid.cut else grid.kind.title
        if text_width(title, 8.5) > across * cell + _GAP and grid.cut:
            title = f"{grid.kind.title} \N{ALMOST EQUAL TO}"
        if grid.kind.sign:
            sign = _SIGNS.get(grid.kind.sign, grid.kind.sign)
            page.text(left - _GAP / 2, first + rows * cell / 2, sign, 14, ha="center")
            page.text(left, first - 0.1, title, 8.5, FAINT)
        else:
            # Above the numbers of the columns, beside the channel's name.
            x = max(left, page.left + text_width(name, 9, bold=True) + 0.15)
            page.text(x, top + 0.1, title, 8.5, FAINT)
            end = x + text_width(title, 8.5) + 0.15
        _draw_grid(page, left, first, patch, grid, channel, cell)
        left += across * cell + _GAP
    if patch.terms is None:
        return
    total = number(float(patch.channel_sums[channel]))
    off = rounding(map(str, grids[-1].texts[:, :, channel].flat), total) if grids[-1].size else ""
    if style.beside:
        x, y = left - _GAP + 0.15, first + rows * cell / 2
        page.text(x, y, f"sum {total}", 10, room=_SUM, least=0.7, weight="bold")
        if off:
            page.text(x, y + 0.2, f"rounding {off}", 8, FAINT)
    else:
        said, off = f"sum {total}", f"rounding {off}; " if off else ""
        first, second = text_width(off, 8) + 0.05, text_width(said, 9, bold=True)
        right = max(left - _GAP, end + first + second)
        page.text(right, top + 0.1, said, 9, weight="bold", ha="right")
        page.text(right - second - 0.05, top + 0.1, off.rstrip(), 8, FAINT, ha="right")


def _draw_grid(
    page: FigurePage, left: float, top: float, patch: Patch, grid: _Written, channel: int, cell: float
) -> None:
    rows, across = patch.inside.shape
    kind = grid.kind
    painted = diverging(kind.numbers[:, :, channel], largest_magnitude(kind.numbers))
    empty = np.zeros_like(patch.inside) if kind.padding else ~patch.inside
    if not grid.size:
        painted[empty] = 0  # transparent
        page.box(left, top, across * cell, rows * cell, **PADDING)
        axes = page.axes(left, top, across * cell, rows * cell)
        axes.imshow(painted, interpolation="nearest", aspect="auto")
        axes.set_axis_off()
    for i, j in np.ndindex(rows, across) if grid.size else ():
        x, y = left + j * cell, top + i * cell
        page.box(x, y, cell, cell, **(PADDING if empty[i, j] else {"facecolor": painted[i, j], "edgecolor": "white"}))
        text, color = str(grid.texts[i, j, channel]), ink_on(painted[i, j])
        text, color = ("\N{MIDDLE DOT}", FAINT) if empty[i, j] else (text, color)
        page.text(x + cell / 2, y + cell / 2, text, grid.size, color, ha="center")
    page.box(left, top, across * cell, rows * cell, fill=False, edgecolor=FAINT)
    if patch.chosen is not None and channel == patch.chosen[2]:
        i, j, _ = patch.chosen
        page.box(left + j * cell, top + i * cell, cell, cell, fill=False, edgecolor=INK, linewidth=2, zorder=9)
