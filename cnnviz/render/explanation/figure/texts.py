"""The words, the strongest terms and the steps of an explanation, as blocks of a page."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation import parts, wording
from cnnviz.render.explanation.figure.canvas import ACCENT, MARGIN, FigurePage, fitting_size, text_width
from cnnviz.render.explanation.numbers import number
from cnnviz.render.kit.colors import FAINT, INK, diverging, largest_magnitude

_SIZE = 9.0
# In inches: a line of words, of terms, of steps; the columns of terms, the right end of the first; room for a value.
_LINE, _ROW, _STEP = 0.19, 0.23, 0.26
_COLUMN, _FIRST = 0.95, 3.2
_VALUE = 1.2


class Words:
    """A paragraph."""

    def __init__(self, text: str, width: float, size: float = _SIZE, color: str = INK, after: float = 0.12) -> None:
        """Fill its lines.

        Args:
            text: What it says.
            width: Of the page.
            size: Of the letters.
            color: Of the letters.
            after: The room below it.
        """
        self._size, self._color, self._after = size, color, after
        self._lines = wrap(text, int((width - 2 * MARGIN) / text_width("x", size) * 1.15))

    @property
    def height(self) -> float:
        return len(self._lines) * _LINE * self._size / _SIZE + self._after

    def draw(self, canvas: FigurePage, top: float) -> None:
        for place, line in enumerate(self._lines):
            canvas.text(MARGIN, top + (place + 0.5) * _LINE * self._size / _SIZE, line, self._size, self._color)


class Title:
    """The first line: which value, and what it is."""

    height = 0.42

    def __init__(self, text: str, value: float) -> None:
        """Take them."""
        self._text, self._value = text, number(value, 9)

    def draw(self, canvas: FigurePage, top: float) -> None:
        room = canvas.width - 2 * MARGIN - 2.2
        size = fitting_size(len(self._text), room / 1.1, 14)
        canvas.text(MARGIN, top + 0.14, self._text, size, weight="bold")
        canvas.text(canvas.width - MARGIN, top + 0.14, f"= {self._value}", 14, ACCENT, weight="bold", ha="right")


class TermLines:
    """Numbers that are read, a line each, with a bar for what each adds: the strongest where they are too many."""

    def __init__(self, patch: Patch, stage: Stage, shape: Sequence[int], unit: str) -> None:
        """Choose what is shown.

        Args:
            patch: What is read.
            stage: The stage that reads it.
            shape: Of what it was cut out of.
            unit: What to call a place in a vector.
        """
        self._listing = parts.listing(patch)
        self._term, self._vector, self._unit = stage.term, len(shape) == 1, unit
        self._count = patch.read.size

    @property
    def height(self) -> float:
        return (len(self._listing.entries) + 1 + (self._listing.left_out > 0)) * _ROW + 0.15

    def draw(self, canvas: FigurePage, top: float) -> None:
        entries = self._listing.entries
        numbers = np.array([entry.value if entry.term is None else entry.term for entry in entries])
        end = largest_magnitude(numbers)
        painted = diverging(numbers, end)
        lengths = np.clip(np.nan_to_num(numbers / end), -1, 1)
        heads = ["value"] + (["weight"] if entries[0].weight is not None else []) + ([self._term] if self._term else [])
        middle = _FIRST + _COLUMN * (len(heads) - 1) + 0.3
        reach = canvas.width - MARGIN - middle
        if (numbers < 0).any():
            middle, reach = middle + reach / 2, reach / 2
        for place, head in enumerate(heads):
            canvas.text(_FIRST + _COLUMN * place, top + _ROW / 2, head, 8, FAINT, ha="right")
        for line, entry in enumerate(entries, 1):
            y = top + (line + 0.5) * _ROW
            name = f"{self._unit} {entry.channel}"
            if not self._vector:
                name = f"row {entry.row}, column {entry.column}, channel {entry.channel}"
            weight = {"weight": "bold", "color": ACCENT} if entry.chosen else {}
            canvas.text(MARGIN, y, name, 8, **weight)
            shown = [entry.value, *(one for one in (entry.weight, entry.term) if one is not None)]
            for column, one in enumerate(shown):
                canvas.text(_FIRST + _COLUMN * column, y, number(one), 8, ha="right", **weight)
            length = reach * float(lengths[line - 1])
            canvas.box(middle, y - 0.08, length, 0.16, facecolor=painted[line - 1], edgecolor=FAINT)
        bottom = top + (len(entries) + 1) * _ROW
        canvas.box(middle, top + _ROW, 0, bottom - top - _ROW, edgecolor=INK)
        if self._listing.left_out:
            rest = self._listing.rest
            more = "" if rest is None else f"; the {self._term} of the others add up to {number(rest)}"
            text = f"the strongest {len(entries)} of {self._count:,} are shown{more}"
            canvas.text(MARGIN, bottom + _ROW / 2, text, 8, FAINT)


class StepLines:
    """The arithmetic, a line for each step."""

    def __init__(self, stage: Stage, last: bool) -> None:
        """Write the steps.

        Args:
            stage: The stage.
            last: Whether its last step is the value.
        """
        self._lines = [wording.step_line(stage, step) for step in stage.steps]
        self._last = last

    @property
    def height(self) -> float:
        return len(self._lines) * _STEP + 0.15

    def draw(self, canvas: FigurePage, top: float) -> None:
        left = MARGIN + max(text_width(line.name, _SIZE) for line in self._lines) + 0.2
        texts = [f"{line.expression} = {line.numbers}" if line.numbers else line.expression for line in self._lines]
        room = canvas.width - MARGIN - _VALUE - left
        right = left + min(max(text_width(text, _SIZE) for text in texts), room) + 0.15
        for place, (line, text) in enumerate(zip(self._lines, texts, strict=True)):
            y = top + (place + 0.5) * _STEP
            ends = self._last and place == len(self._lines) - 1
            canvas.text(MARGIN, y, line.name, _SIZE, FAINT)
            canvas.text(left, y, text, fitting_size(len(text), room, _SIZE))
            style = {"weight": "bold", "color": ACCENT} if ends else {"weight": "bold"}
            canvas.text(right, y, f"= {line.value}", _SIZE + 0.5, **style)
