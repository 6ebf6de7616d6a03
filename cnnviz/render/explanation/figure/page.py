"""The figure of an explained value: blocks one below the other, or in two columns of a slide."""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.figure import Figure

from cnnviz.layers.explaining.records import Stage
from cnnviz.render.explanation import parts, wording
from cnnviz.render.explanation.figure.canvas import MARGIN, WIDTH, FigurePage
from cnnviz.render.explanation.figure.cells import CellStyle, draw_cells, wanted_width
from cnnviz.render.explanation.figure.pictures import draw_panels, stack_panels
from cnnviz.render.explanation.figure.texts import draw_steps, draw_terms, draw_title, draw_words
from cnnviz.render.explanation.figure.units import classes_height, draw_classes, draw_units, units_height
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.kit.colors import FAINT
from cnnviz.wording import sentence_case

LARGEST = 64
"""Rows and columns of the largest window that is drawn in cells."""

_AREA = 10 * 5.625
"""Square inches of a slide: its letters are as large as on a page, and so a line of them is a 45th of its height."""
_LANDSCAPE = 1.2
"""Width over height from which on a page has two columns."""
_PICTURES, _FEW_LINES, _MANY_CELLS = 0.36, 0.5, 0.26
"""Part of the width that pictures have beside the arithmetic; beside a few lines; beside many cells."""
_MANY = 9
"""Cells side by side that are not many."""
_GROWTH = 1.1
"""By how much a slide is larger than the one on which not all found room."""


class _Limits(NamedTuple):
    """How much of a value is drawn.

    Attributes:
        cells: How windows are drawn.
        terms: Terms that are listed where they are too many.
        slack: How many more of them are not too many.
    """

    cells: CellStyle
    terms: int = parts.LISTED
    slack: int = 4


_READABLE = ((4, 7.5), (3, 6.5), (2, 6.5))
_SLIDES = tuple(
    _Limits(CellStyle(labels=0.42, beside=False, channels=channels, readable=_READABLE), terms, 1)
    for channels, terms in ((4, 12), (3, 12), (2, 11), *((1, terms) for terms in range(10, 2, -1)))
)
"""What slides hold, the most first."""


def explanation_figure(value: ExplainedValue, aspect: float | None = None) -> Figure:
    """Draw an explained value.

    Args:
        value: The value.
        aspect: Width over height of the page; None for as high as what is drawn.
    """
    if aspect is not None:
        return _slide(value, aspect)
    stages = value.explanation.stages
    grids = [(stage.patches[0], stage) for stage in stages if parts.is_grid(stage.patches[0], LARGEST)]
    page = FigurePage(max([WIDTH, *(wanted_width(*grid) for grid in grids)]))
    _draw_head(page, value)
    draw_panels(page, value)
    _draw_arithmetic(page, value, _Limits(CellStyle()))
    if value.recognition is not None:
        draw_classes(page, value.recognition, value.place[0])
    if len(value.place) == 1:
        draw_units(page, value)
    _draw_end(page, value)
    return page.finish()


def _slide(value: ExplainedValue, aspect: float) -> Figure:
    """Draw it on a slide: with less of it where not all has room, on a larger slide only if nothing else helps."""
    width, height = (_AREA * aspect) ** 0.5, (_AREA / aspect) ** 0.5
    while True:
        for limits in _SLIDES:
            page = FigurePage(width, height)
            if _fill(page, value, limits, columns=aspect >= _LANDSCAPE) <= height - MARGIN + 1e-6:
                return page.finish()
        width, height = width * _GROWTH, height * _GROWTH


def _fill(page: FigurePage, value: ExplainedValue, limits: _Limits, columns: bool) -> float:
    """Draw a slide.

    Returns:
        Where the lowest block ends: it may be below the slide.
    """
    assert page.height is not None
    _draw_head(page, value)
    left, right, top = page.left, page.right, page.top
    vector, found = len(value.place) == 1, value.recognition
    below = (classes_height(found) if found is not None else units_height()) if vector else 0.0
    if columns:
        middle = left + (right - left) * _share_of_pictures(value)
        page.column(left, middle, top)
        stack_panels(page, value, page.height - MARGIN - top - below)
    else:
        stack_panels(page, value, (page.height - 2 * MARGIN - top) * _PICTURES)
    if found is not None:
        draw_classes(page, found, value.place[0])
    elif vector:
        draw_units(page, value)
    if columns:
        page.column(middle + MARGIN, right, top)
    _draw_arithmetic(page, value, limits)
    _draw_end(page, value)
    return page.lowest


def _share_of_pictures(value: ExplainedValue) -> float:
    """Return the part of the width that pictures have."""
    stages = value.explanation.stages
    if all(map(parts.are_points, stages)):
        return _FEW_LINES
    grids = [stage for stage in stages if parts.is_grid(stage.patches[0], LARGEST)]
    cells = [len(parts.kinds(stage.patches[0], stage)) * stage.patches[0].inside.shape[1] for stage in grids]
    return _MANY_CELLS if max(cells, default=0) > _MANY else _PICTURES


def _draw_head(page: FigurePage, value: ExplainedValue) -> None:
    draw_title(page, value)
    draw_words(page, wording.about(value), 8.5, FAINT, after=0.05)


def _draw_end(page: FigurePage, value: ExplainedValue) -> None:
    end = f"{sentence_case(wording.checked(value))}. {wording.reach(value.reach)}"
    draw_words(page, end, 8.5, FAINT, after=0)


def _draw_arithmetic(page: FigurePage, value: ExplainedValue, limits: _Limits) -> None:
    """Draw what is read and what is done with it, stage by stage."""
    stages = value.explanation.stages
    for stage in stages:
        draw_words(page, wording.stage(stage))
        _draw_reads(page, value, stage, limits)
        if stage.steps:
            draw_steps(page, stage, last=stage is stages[-1])


def _draw_reads(page: FigurePage, value: ExplainedValue, stage: Stage, limits: _Limits) -> None:
    patch = stage.patches[0]
    if parts.are_points(stage):
        for text in wording.points(value, stage.patches):
            draw_words(page, text, 8.5, after=0.03)
    elif patch.inside.any():
        if value.origin_of(patch) is not None:
            draw_words(page, wording.vector(value, patch), 8.5, FAINT)
        if parts.is_grid(patch, LARGEST):
            draw_cells(page, patch, stage, limits.cells)
        else:
            draw_terms(page, value, patch, stage, parts.listing(patch, limits.terms, limits.slack))
