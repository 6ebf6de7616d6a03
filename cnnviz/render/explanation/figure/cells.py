"""A window in cells: values, weights and what comes of them side by side, each with its number."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation import parts
from cnnviz.render.explanation.figure.canvas import MARGIN, PADDING, FigurePage, fitting_size, text_width
from cnnviz.render.explanation.numbers import number, written
from cnnviz.render.explanation.parts import NumberKind
from cnnviz.render.kit.colors import FAINT, INK, diverging, ink_on, largest_magnitude

# In inches: beside the grids, behind them, between two, above each, below each.
_LABELS, _SUM, _GAP, _HEAD, _BETWEEN = 0.95, 1.45, 0.42, 0.42, 0.16
_LARGEST_CELL, _TALLEST = 0.6, 4.0
_ROOMY_CELL, _WIDEST = 0.46, 16.0
"""The cells that a page may be widened for, and how far."""

_READABLE = {4: 6.0, 3: 5.0}
"""The smallest letters that numbers of so many digits are drawn in."""

_SIGNS = {"*": "\N{MULTIPLICATION SIGN}", "->": "\N{RIGHTWARDS ARROW}"}


def wanted_width(patch: Patch, stage: Stage) -> float:
    """Return the width of a page on which the numbers can be read; 0 where none would do."""
    rows, across = patch.inside.shape
    kinds = parts.kinds(patch, stage)
    wanted = _beside(kinds, patch) + len(kinds) * across * _ROOMY_CELL
    return wanted if wanted <= _WIDEST and rows * _ROOMY_CELL <= _TALLEST else 0.0


def draw_cells(page: FigurePage, patch: Patch, stage: Stage) -> None:
    """Draw a row of grids for each channel that is shown.

    Args:
        page: The page.
        patch: A window.
        stage: The stage that reads it.
    """
    shown, kinds = parts.channels(patch), parts.kinds(patch, stage)
    rows, across = patch.inside.shape
    cell = min(_LARGEST_CELL, (page.width - _beside(kinds, patch)) / (len(kinds) * across), _TALLEST / rows)
    notes = []
    if shown.left_out:
        rest = "" if shown.rest is None else f", which add up to {number(shown.rest)},"
        notes.append(f"{shown.left_out:,} more channels{rest} are not shown")
    if not all(size for _, size in (_texts(kind, cell) for kind in kinds)):
        notes.append("the cells are too small for numbers: --json has them")
    row = _HEAD + rows * cell + _BETWEEN
    top = page.block(len(shown.channels) * row + (0.25 if notes else 0))
    for channel in shown.channels:
        _draw_channel(page, top, patch, kinds, channel, cell)
        top += row
    if notes:
        page.text(MARGIN + _LABELS, top + 0.05, "; ".join(notes), 8, FAINT)


def _beside(kinds: list[NumberKind], patch: Patch) -> float:
    """Return the width of all that is no cell."""
    return 2 * MARGIN + _LABELS + ((len(kinds) - 1) * _GAP + (0 if patch.terms is None else _SUM))


def _draw_channel(
    page: FigurePage, top: float, patch: Patch, kinds: list[NumberKind], channel: int, cell: float
) -> None:
    rows, across = patch.inside.shape
    left, first = MARGIN + _LABELS, top + _HEAD
    name = parts.label(patch, channel)
    page.text(MARGIN, top + 0.1, name, 9, weight="bold")
    step = max(1, int(np.ceil(0.3 / cell)))
    for place in range(0, rows, step):
        page.text(left - 0.08, first + (place + 0.5) * cell, f"{patch.rows[place]}", 7.5, FAINT, ha="right")
    for place in range(0, across, step):
        page.text(left + (place + 0.5) * cell, first - 0.1, f"{patch.columns[place]}", 7.5, FAINT, ha="center")
    for kind in kinds:
        if kind.sign:
            sign = _SIGNS.get(kind.sign, kind.sign)
            page.text(left - _GAP / 2, first + rows * cell / 2, sign, 14, ha="center")
            page.text(left, first - 0.1, kind.title, 8.5, FAINT)
        else:
            # Above the numbers of the columns, beside the channel's name, whose bold letters are wider.
            page.text(max(left, MARGIN + text_width(name, 10.5)), top + 0.1, kind.title, 8.5, FAINT)
        _draw_grid(page, left, first, patch, kind, channel, cell)
        left += across * cell + _GAP
    if patch.terms is not None:
        total = number(float(patch.channel_sums[channel]))
        page.text(left - _GAP + 0.15, first + rows * cell / 2, f"sum {total}", 10, weight="bold")


def _draw_grid(
    page: FigurePage, left: float, top: float, patch: Patch, kind: NumberKind, channel: int, cell: float
) -> None:
    rows, across = patch.inside.shape
    painted = diverging(kind.numbers[:, :, channel], largest_magnitude(kind.numbers))
    empty = np.zeros_like(patch.inside) if kind.padding else ~patch.inside
    painted[empty] = to_rgba(PADDING)
    texts, size = _texts(kind, cell)
    if size:
        for i, j in np.ndindex(rows, across):
            x, y = left + j * cell, top + i * cell
            page.box(x, y, cell, cell, facecolor=painted[i, j], edgecolor="white")
            text, color = str(texts[i, j, channel]), ink_on(painted[i, j])
            if empty[i, j]:
                text, color = "\N{MIDDLE DOT}", FAINT
            page.text(x + cell / 2, y + cell / 2, text, size, color, ha="center")
    else:
        axes = page.axes(left, top, across * cell, rows * cell)
        axes.imshow(painted, interpolation="nearest", aspect="auto")
        axes.set_axis_off()
    page.box(left, top, across * cell, rows * cell, fill=False, edgecolor=FAINT)
    if patch.chosen is not None and channel == patch.chosen[2]:
        i, j, _ = patch.chosen
        page.box(left + j * cell, top + i * cell, cell, cell, fill=False, edgecolor=INK, linewidth=2, zorder=9)


def _texts(kind: NumberKind, cell: float) -> tuple[NDArray[np.object_], float]:
    """Return the numbers as text and their size; 0 if they would be too small to read."""
    for digits, least in _READABLE.items():
        texts = written(kind.numbers, digits)
        size = fitting_size(max(len(str(text)) for text in texts.flat) + 1, cell)
        if size >= least:
            return texts, size
    return texts, 0.0
