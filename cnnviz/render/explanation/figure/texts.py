"""The words, the strongest terms and the steps of an explanation, as blocks of a page."""

from __future__ import annotations

from textwrap import wrap

import numpy as np

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation import parts, wording
from cnnviz.render.explanation.figure.canvas import ACCENT, MARGIN, FigurePage, fitting_size, text_width
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.explanation.numbers import number
from cnnviz.render.kit.colors import FAINT, INK, diverging, largest_magnitude

_SIZE = 9.0
# In inches: a line of words, of terms, of steps; the columns of terms, the right end of the first; room for a value.
_LINE, _ROW, _STEP = 0.19, 0.23, 0.26
_COLUMN, _FIRST = 0.95, 3.2
_VALUE = 1.2


def draw_title(page: FigurePage, value: ExplainedValue) -> None:
    """Draw the first line: which value, and what it is."""
    middle = page.block(0.42) + 0.14
    text = wording.title(value)
    size = fitting_size(len(text), (page.width - 2 * MARGIN - 2.2) / 1.1, 14)
    page.text(MARGIN, middle, text, size, weight="bold")
    page.text(page.width - MARGIN, middle, f"= {number(value.value)}", 14, ACCENT, weight="bold", ha="right")


def draw_words(page: FigurePage, text: str, size: float = _SIZE, color: str = INK, after: float = 0.12) -> None:
    """Draw a paragraph.

    Args:
        page: The page.
        text: What it says.
        size: Size of the letters.
        color: Color of the letters.
        after: The room below it.
    """
    lines = wrap(text, int((page.width - 2 * MARGIN) / text_width("x", size) * 1.15))
    top = page.block(len(lines) * _LINE * size / _SIZE + after)
    for place, line in enumerate(lines):
        page.text(MARGIN, top + (place + 0.5) * _LINE * size / _SIZE, line, size, color)


def draw_terms(page: FigurePage, value: ExplainedValue, patch: Patch, stage: Stage) -> None:
    """Draw numbers that are read, a line each, with a bar for what each adds: the strongest where they are too many.

    Args:
        page: The page.
        value: The explained value.
        patch: What is read.
        stage: The stage that reads it.
    """
    listing, unit, vector = parts.listing(patch), value.unit_word(patch), len(value.shape_of(patch)) == 1
    entries = listing.entries
    top = page.block((len(entries) + 1 + (listing.left_out > 0)) * _ROW + 0.15)
    numbers = np.array([entry.value if entry.term is None else entry.term for entry in entries])
    end = largest_magnitude(numbers)
    painted = diverging(numbers, end)
    lengths = np.clip(np.nan_to_num(numbers / end), -1, 1)
    heads = ["value"] + (["weight"] if entries[0].weight is not None else []) + ([stage.term] if stage.term else [])
    middle = _FIRST + _COLUMN * (len(heads) - 1) + 0.3
    reach = page.width - MARGIN - middle
    if (numbers < 0).any():
        middle, reach = middle + reach / 2, reach / 2
    for place, head in enumerate(heads):
        page.text(_FIRST + _COLUMN * place, top + _ROW / 2, head, 8, FAINT, ha="right")
    for line, entry in enumerate(entries, 1):
        y = top + (line + 0.5) * _ROW
        name = f"{unit} {entry.channel}" if vector else wording.where((entry.row, entry.column, entry.channel))
        weight = {"weight": "bold", "color": ACCENT} if entry.chosen else {}
        page.text(MARGIN, y, name, 8, **weight)
        for column, one in enumerate(entry.numbers):
            page.text(_FIRST + _COLUMN * column, y, number(one), 8, ha="right", **weight)
        length = reach * float(lengths[line - 1])
        page.box(middle, y - 0.08, length, 0.16, facecolor=painted[line - 1], edgecolor=FAINT)
    bottom = top + (len(entries) + 1) * _ROW
    page.box(middle, top + _ROW, 0, bottom - top - _ROW, edgecolor=INK)
    if listing.left_out:
        more = "" if listing.rest is None else f"; the {stage.term} of the others add up to {number(listing.rest)}"
        text = f"the strongest {len(entries)} of {patch.read.size:,} are shown{more}"
        page.text(MARGIN, bottom + _ROW / 2, text, 8, FAINT)


def draw_steps(page: FigurePage, stage: Stage, last: bool) -> None:
    """Draw the arithmetic of a stage, a line for each step.

    Args:
        page: The page.
        stage: The stage.
        last: Whether its last step is the value.
    """
    lines = [wording.step_line(stage, step) for step in stage.steps]
    top = page.block(len(lines) * _STEP + 0.15)
    left = MARGIN + max(text_width(line.name, _SIZE) for line in lines) + 0.2
    texts = [f"{line.expression} = {line.numbers}" if line.numbers else line.expression for line in lines]
    room = page.width - MARGIN - _VALUE - left
    right = left + min(max(text_width(text, _SIZE) for text in texts), room) + 0.15
    for place, (line, text) in enumerate(zip(lines, texts, strict=True)):
        y = top + (place + 0.5) * _STEP
        page.text(MARGIN, y, line.name, _SIZE, FAINT)
        page.text(left, y, text, fitting_size(len(text), room, _SIZE))
        ends = last and place == len(lines) - 1
        page.text(right, y, f"= {line.value}", _SIZE + 0.5, ACCENT if ends else INK, weight="bold")
