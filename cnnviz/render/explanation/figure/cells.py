"""A window in cells: values, weights and what comes of them side by side, each with its number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import Numbers, Patch, Stage
from cnnviz.render.explanation import parts
from cnnviz.render.explanation.figure.canvas import MARGIN, PADDING, FigurePage, fitting_size, text_width
from cnnviz.render.explanation.numbers import number, written
from cnnviz.render.kit.colors import FAINT, INK, diverging, ink_on, largest_magnitude

# In inches: beside the grids, behind them, between two, above each, below each.
_LABELS, _SUM, _GAP, _HEAD, _BETWEEN = 0.95, 1.45, 0.42, 0.42, 0.16
_LARGEST_CELL, _TALLEST = 0.6, 4.0
_ROOMY_CELL, _WIDEST = 0.46, 16.0
"""The cells that a page may be widened for, and how far."""

_READABLE = {4: 6.0, 3: 5.0}
"""The smallest letters that numbers of so many digits are drawn in."""


class _NumberKind(NamedTuple):
    """One kind of number: what it is, the sign before it, the numbers, and whether padding has such numbers."""

    title: str
    sign: str
    numbers: Numbers
    padding: bool


class Cells:
    """The block of a window's cells, a row of grids for each channel that is shown."""

    def __init__(self, patch: Patch, stage: Stage, width: float) -> None:
        """Choose what is shown, and how large.

        Args:
            patch: A window.
            stage: The stage that reads it.
            width: Of the page.
        """
        self._patch = patch
        self._shown = parts.channels(patch)
        self._columns = [_NumberKind("values", "", patch.values, False)]
        if patch.weights is not None:
            self._columns.append(_NumberKind("weights", "\N{MULTIPLICATION SIGN}", patch.weights, True))
        if patch.terms is not None:
            sign = "=" if patch.weights is not None else "\N{RIGHTWARDS ARROW}"
            self._columns.append(_NumberKind(stage.term, sign, patch.terms, False))
        rows, across = patch.inside.shape
        self._cell = min(_LARGEST_CELL, (width - self._beside()) / (len(self._columns) * across), _TALLEST / rows)

    @property
    def wanted_width(self) -> float:
        """The width of a page on which the numbers can be read; no more than usual where none would do."""
        rows, across = self._patch.inside.shape
        wanted = self._beside() + len(self._columns) * across * _ROOMY_CELL
        return wanted if wanted <= _WIDEST and rows * _ROOMY_CELL <= _TALLEST else 0.0

    def _beside(self) -> float:
        """Return the width of all that is no cell."""
        gaps = (len(self._columns) - 1) * _GAP + (0 if self._patch.terms is None else _SUM)
        return 2 * MARGIN + _LABELS + gaps

    @property
    def height(self) -> float:
        grids: float = len(self._shown.channels) * (_HEAD + len(self._patch.rows) * self._cell + _BETWEEN)
        return grids + (0.25 if self._note() else 0)

    def draw(self, canvas: FigurePage, top: float) -> None:
        for channel in self._shown.channels:
            self._draw_channel(canvas, top, channel)
            top += _HEAD + len(self._patch.rows) * self._cell + _BETWEEN
        if self._note():
            canvas.text(MARGIN + _LABELS, top + 0.05, self._note(), 8, FAINT)

    def _note(self) -> str:
        notes = []
        if self._shown.left_out:
            rest = "" if self._shown.rest is None else f", which add up to {number(self._shown.rest)},"
            notes.append(f"{self._shown.left_out:,} more channels{rest} are not shown")
        if not all(size for _, size in map(self._texts, self._columns)):
            notes.append("the cells are too small for numbers: --json has them")
        return "; ".join(notes)

    def _draw_channel(self, canvas: FigurePage, top: float, channel: int) -> None:
        patch, cell = self._patch, self._cell
        rows, across = patch.inside.shape
        left, first = MARGIN + _LABELS, top + _HEAD
        name = parts.label(patch, channel)
        canvas.text(MARGIN, top + 0.1, name, 9, weight="bold")
        step = max(1, int(np.ceil(0.3 / cell)))
        for place in range(0, rows, step):
            canvas.text(left - 0.08, first + (place + 0.5) * cell, f"{patch.rows[place]}", 7.5, FAINT, ha="right")
        for place in range(0, across, step):
            canvas.text(left + (place + 0.5) * cell, first - 0.1, f"{patch.columns[place]}", 7.5, FAINT, ha="center")
        for column in self._columns:
            if column.sign:
                canvas.text(left - _GAP / 2, first + rows * cell / 2, column.sign, 14, ha="center")
                canvas.text(left, first - 0.1, column.title, 8.5, FAINT)
            else:
                # Above the numbers of the columns, beside the channel's name, whose bold letters are wider.
                canvas.text(max(left, MARGIN + text_width(name, 10.5)), top + 0.1, column.title, 8.5, FAINT)
            self._draw_grid(canvas, left, first, column, channel)
            left += across * cell + _GAP
        if patch.terms is not None:
            total = number(float(patch.channel_sums[channel]))
            canvas.text(left - _GAP + 0.15, first + rows * cell / 2, f"sum {total}", 10, weight="bold")

    def _draw_grid(self, canvas: FigurePage, left: float, top: float, column: _NumberKind, channel: int) -> None:
        patch, cell = self._patch, self._cell
        rows, across = patch.inside.shape
        painted = diverging(column.numbers[:, :, channel], largest_magnitude(column.numbers))
        empty = np.zeros_like(patch.inside) if column.padding else ~patch.inside
        painted[empty] = to_rgba(PADDING)
        texts, size = self._texts(column)
        if size:
            for i, j in np.ndindex(rows, across):
                x, y = left + j * cell, top + i * cell
                canvas.box(x, y, cell, cell, facecolor=painted[i, j], edgecolor="white")
                text, color = str(texts[i, j, channel]), ink_on(painted[i, j])
                if empty[i, j]:
                    text, color = "\N{MIDDLE DOT}", FAINT
                canvas.text(x + cell / 2, y + cell / 2, text, size, color, ha="center")
        else:
            axes = canvas.axes(left, top, across * cell, rows * cell)
            axes.imshow(painted, interpolation="nearest", aspect="auto")
            axes.set_axis_off()
        canvas.box(left, top, across * cell, rows * cell, fill=False, edgecolor=FAINT)
        if patch.chosen is not None and channel == patch.chosen[2]:
            i, j, _ = patch.chosen
            canvas.box(left + j * cell, top + i * cell, cell, cell, fill=False, edgecolor=INK, linewidth=2, zorder=9)

    def _texts(self, column: _NumberKind) -> tuple[NDArray[np.object_], float]:
        """Return the numbers as text and their size; 0 if they would be too small to read."""
        for digits, least in _READABLE.items():
            texts = written(column.numbers, digits)
            size = fitting_size(max(len(str(text)) for text in texts.flat) + 1, self._cell)
            if size >= least:
                return texts, size
        return texts, 0.0
