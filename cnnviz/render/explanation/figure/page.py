"""The figure of an explained value: blocks one below the other."""

from __future__ import annotations

from matplotlib.figure import Figure

from cnnviz.layers.explaining.records import Stage
from cnnviz.render.explanation import parts, wording
from cnnviz.render.explanation.figure.canvas import WIDTH, FigurePage
from cnnviz.render.explanation.figure.cells import draw_cells, wanted_width
from cnnviz.render.explanation.figure.pictures import draw_panels, draw_units
from cnnviz.render.explanation.figure.texts import draw_steps, draw_terms, draw_title, draw_words
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.kit.colors import FAINT
from cnnviz.wording import sentence_case

LARGEST = 64
"""Rows and columns of the largest window that is drawn in cells."""


def explanation_figure(value: ExplainedValue) -> Figure:
    """Draw an explained value."""
    stages = value.explanation.stages
    grids = [(stage.patches[0], stage) for stage in stages if parts.is_grid(stage.patches[0], LARGEST)]
    page = FigurePage(max([WIDTH, *(wanted_width(*grid) for grid in grids)]))
    draw_title(page, value)
    draw_words(page, wording.about(value), 8.5, FAINT, after=0.05)
    draw_panels(page, value)
    for stage in stages:
        draw_words(page, wording.stage(stage))
        _draw_reads(page, value, stage)
        if stage.steps:
            draw_steps(page, stage, last=stage is stages[-1])
    if len(value.place) == 1:
        draw_units(page, value)
    end = f"{sentence_case(wording.checked(value))}. {wording.reach(value.reach)}"
    draw_words(page, end, 8.5, FAINT, after=0)
    return page.finish()


def _draw_reads(page: FigurePage, value: ExplainedValue, stage: Stage) -> None:
    patch = stage.patches[0]
    if parts.are_points(stage):
        for text in wording.points(value, stage.patches):
            draw_words(page, text, 8.5, after=0.03)
    elif patch.inside.any():
        if parts.is_grid(patch, LARGEST):
            draw_cells(page, patch, stage)
        else:
            draw_terms(page, value, patch, stage)
