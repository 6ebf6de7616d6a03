"""The figure of an explained value: blocks one below the other."""

from __future__ import annotations

from matplotlib.figure import Figure

from cnnviz.layers.explaining.records import Stage
from cnnviz.render.explanation import parts, wording
from cnnviz.render.explanation.figure.canvas import MARGIN, WIDTH, Block, FigurePage
from cnnviz.render.explanation.figure.cells import Cells
from cnnviz.render.explanation.figure.pictures import Pictures, panels
from cnnviz.render.explanation.figure.texts import StepLines, TermLines, Title, Words
from cnnviz.render.explanation.figure.units import Units
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.kit.colors import FAINT
from cnnviz.wording import sentence_case

LARGEST = 64
"""Rows and columns of the largest window that is drawn in cells."""


def explanation_figure(value: ExplainedValue) -> Figure:
    """Draw an explained value."""
    width = _width(value)
    blocks = _blocks(value, width)
    canvas = FigurePage(width, sum(block.height for block in blocks) + 2 * MARGIN)
    top = MARGIN
    for block in blocks:
        block.draw(canvas, top)
        top += block.height
    return canvas.figure


def _width(value: ExplainedValue) -> float:
    """Return the width of the page: the usual one, or what its cells want."""
    cells = [
        Cells(stage.patches[0], stage, WIDTH)
        for stage in value.explanation.stages
        if parts.is_grid(stage.patches[0], LARGEST)
    ]
    return max([WIDTH, *(block.wanted_width for block in cells)])


def _blocks(value: ExplainedValue, width: float) -> list[Block]:
    blocks: list[Block] = [
        Title(wording.title(value), value.value),
        Words(wording.about(value), width, 8.5, FAINT, after=0.05),
    ]
    shown = panels(value)
    if shown:
        blocks.append(Pictures(shown, width))
    stages = value.explanation.stages
    for stage in stages:
        blocks.append(Words(f"{stage.name}: {stage.words}" if stage.name else stage.words, width))
        blocks += _reads(value, stage, width)
        if stage.steps:
            blocks.append(StepLines(stage, last=stage is stages[-1]))
    if len(value.place) == 1:
        blocks.append(Units(value))
    end = f"{sentence_case(wording.checked(value))}. {wording.reach(value.reach)}"
    return [*blocks, Words(end, width, 8.5, FAINT, after=0)]


def _reads(value: ExplainedValue, stage: Stage, width: float) -> list[Block]:
    patch = stage.patches[0]
    if len(stage.patches) > 1 or (patch.values.size == 1 and patch.weights is None):
        return [Words(text, width, 8.5, after=0.03) for text in wording.points(value, stage.patches)]
    if not patch.inside.any():
        return []
    if parts.is_grid(patch, LARGEST):
        return [Cells(patch, stage, width)]
    return [TermLines(patch, stage, value.shape_of(patch), value.unit_word(patch))]
