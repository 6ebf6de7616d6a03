"""The words, the strongest terms and the steps of an explanation, as blocks of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation import wording
from cnnviz.render.explanation.figure.canvas import ACCENT, FigurePage
from cnnviz.render.explanation.figure.measuring import shortened, text_width, wrapped
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.explanation.numbers import number
from cnnviz.render.explanation.parts import Listing
from cnnviz.render.kit.colors import FAINT, INK, diverging, largest_magnitude

_SIZE, _TERM, _TITLE = 9.0, 8.0, 14.0
# In inches: a line of words, of terms, of steps; the columns of terms, and the most that the names before them take.
_LINE, _ROW, _STEP = 0.19, 0.23, 0.26
_COLUMN, _NAMES = 0.82, 0.36
_GAP = 0.15
_LEAST, _REST = 0.7, 0.7
"""How small the title may become, and the part of it that what follows the layer's name may take."""


def draw_title(page: FigurePage, value: ExplainedValue) -> None:
    """Draw the first line: which value, and what it is."""
    middle = page.block(0.42) + 0.14
    said = f"= {number(value.value)}"
    room = page.room - text_width(said, _TITLE, bold=True) - 0.2
    name, rest = wording.title_parts(value)
    least = _TITLE * _LEAST
    if text_width(name + rest, least, bold=True) > room:
        # Which value it is matters more than the whole name of its layer.
        rest = shortened(rest, room * _REST, least, bold=True)
        name = shortened(name, room - text_width(rest, least, bold=True), least, bold=True)
    page.text(page.left, middle, name + rest, _TITLE, room=room, least=_LEAST * 0.98, weight="bold")
    page.text(page.right, middle, said, _TITLE, ACCENT, weight="bold", ha="right")


def draw_words(page: FigurePage, text: str, size: float = _SIZE, color: str = INK, after: float = 0.12) -> None:
    """Draw a paragraph.

    Args:
        page: The page.
        text: What it says.
        size: Size of the letters.
        color: Color of the letters.
        after: The room below it.
    """
    lines = wrapped(text, page.room, size)
    top = page.block(len(lines) * _LINE * size / _SIZE + after)
    for place, line in enumerate(lines):
        page.text(page.left, top + (place + 0.5) * _LINE * size / _SIZE, line, size, color)


def draw_terms(page: FigurePage, value: ExplainedValue, patch: Patch, stage: Stage, listing: Listing) -> None:
    """Draw numbers that are read, a line each, with a bar for what each adds: the strongest where they are too many.

    Args:
        page: The page.
        value: The explained value.
        patch: What is read.
        stage: The stage that reads it.
        listing: The numbers that are drawn.
    """
    entries = listing.entries
    top = page.block((len(entries) + 1) * _ROW + (0 if listing.left_out else 0.15))
    numbers = np.array([entry.value if entry.term is None else entry.term for entry in entries])
    end = largest_magnitude(numbers)
    painted = diverging(numbers, end)
    lengths = np.clip(np.nan_to_num(numbers / end), -1, 1)
    heads = ["value"] + (["weight"] if entries[0].weight is not None else []) + ([stage.term] if stage.term else [])
    room = page.room * _NAMES
    names = [wording.operand(value, patch, entry) for entry in entries]
    if _widest(names) > room:
        names = [wording.operand(value, patch, entry, brief=True) for entry in entries]
    room = min(_widest(names), room)
    first = page.left + room + _COLUMN
    middle = first + _COLUMN * (len(heads) - 1) + _GAP
    reach = page.right - middle
    if (numbers < 0).any():
        middle, reach = middle + reach / 2, reach / 2
    for place, head in enumerate(heads):
        page.text(first + _COLUMN * place, top + _ROW / 2, head, _TERM, FAINT, ha="right")
    for line, (entry, name) in enumerate(zip(entries, names, strict=True), 1):
        y = top + (line + 0.5) * _ROW
        weight: dict[str, Any] = {"weight": "bold", "color": ACCENT} if entry.chosen else {}
        page.text(page.left, y, name, _TERM, room=room, least=0.8, **weight)
        for column, one in enumerate(entry.numbers):
            page.text(first + _COLUMN * column, y, number(one), _TERM, ha="right", **weight)
        length = reach * float(lengths[line - 1])
        page.box(middle, y - 0.08, length, 0.16, facecolor=painted[line - 1], edgecolor=FAINT)
    page.box(middle, top + _ROW, 0, len(entries) * _ROW, edgecolor=INK)
    if listing.left_out:
        draw_words(page, wording.left_out(patch, stage, listing), _TERM, FAINT, after=0.15)


def _widest(names: Sequence[str]) -> float:
    return max(text_width(name, _TERM, bold=True) for name in names)


def draw_steps(page: FigurePage, stage: Stage, last: bool) -> None:
    """Draw the arithmetic of a stage, a line for each step; a formula that is too long has several.

    Args:
        page: The page.
        stage: The stage.
        last: Whether its last step is the value.
    """
    lines = [wording.step_line(stage, step) for step in stage.steps]
    names = max(text_width(line.name, _SIZE) for line in lines)
    left = page.left + names + 0.2
    results = [f"= {line.value}" for line in lines]
    room = page.right - left - max(text_width(result, _SIZE + 0.5, bold=True) for result in results) - _GAP
    texts = [
        wrapped(f"{line.expression} = {line.numbers}" if line.numbers else line.expression, room, _SIZE)
        for line in lines
    ]
    right = left + max(text_width(part, _SIZE) for text in texts for part in text) + _GAP
    for place, (line, text, result) in enumerate(zip(lines, texts, results, strict=True)):
        top = page.block(_STEP + (len(text) - 1) * _LINE)
        page.text(page.left, top + _STEP / 2, line.name, _SIZE, FAINT)
        for row, part in enumerate(text):
            page.text(left, top + _STEP / 2 + row * _LINE, part, _SIZE)
        ends = last and place == len(lines) - 1
        y = top + _STEP / 2 + (len(text) - 1) * _LINE
        page.text(right, y, result, _SIZE + 0.5, ACCENT if ends else INK, weight="bold")
    page.block(0.15)
