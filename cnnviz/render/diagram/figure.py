"""A drawing as a figure of matplotlib's, for PNG and PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnviz.io.matplotlib import default_setting
from cnnviz.render.diagram.marks import Drawing, Outline, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PIXELS = 150
"""Pixels of an inch, with which figures are written."""

_POINTS = 72


def style() -> dict[str, Any]:
    """Return what the figure must be written with: hinted letters are wider than those that were measured."""
    # From matplotlib 3.11 on there is no factor to set.
    factor = {} if default_setting("text.hinting_factor") is None else {"text.hinting_factor": 1}
    return {"text.hinting": "no_hinting", **factor}


def to_figure(drawing: Drawing, colours: Mapping[str, str], width: float | None = None) -> Figure:
    """Draw a drawing.

    Args:
        drawing: The drawing.
        colours: The colour of each name.
        width: How wide the PNG is, in pixels; None for its own size.
    """
    from matplotlib.figure import Figure

    scale = (width or drawing.width * drawing.scale) / drawing.width
    size = (round(drawing.width * scale) / _PIXELS, round(drawing.height * scale) / _PIXELS)
    figure = Figure(figsize=size, facecolor=colours["paper"])
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, drawing.width)
    axes.set_ylim(drawing.height, 0)
    points = scale * _POINTS / _PIXELS
    for order, mark in enumerate(mark for group in drawing.groups for mark in group.marks):
        if isinstance(mark, Words):
            _write(axes, mark, colours, points, order)
        else:
            _outline(axes, mark, colours, points, order)
    return figure


def _write(axes: Axes, words: Words, colours: Mapping[str, str], points: float, order: int) -> None:
    axes.text(
        words.x,
        words.y + words.size * 0.36,
        words.text,
        fontsize=words.size * points,
        color=colours[words.colour],
        weight="bold" if words.bold else "normal",
        ha={"start": "left", "middle": "center", "end": "right"}[words.anchor],
        va="baseline",
        zorder=order,
    )


def _outline(axes: Axes, outline: Outline, colours: Mapping[str, str], points: float, order: int) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    vertices = [outline.start]
    codes = [Path.MOVETO]
    for piece in outline.pieces:
        vertices.extend(piece)
        codes.extend([Path.LINETO] if len(piece) == 1 else [Path.CURVE4] * 3)
    if outline.closed:
        vertices.append(outline.start)
        codes.append(Path.CLOSEPOLY)
    width = outline.width * points
    patch = PathPatch(
        Path(vertices, codes),
        facecolor=colours[outline.fill] if outline.fill else "none",
        edgecolor=colours[outline.line] if outline.line else "none",
        linewidth=width if outline.line else 0,
        linestyle=(0, (6, 4)) if outline.dashed else "solid",
        joinstyle="round",
        capstyle="butt",
        zorder=order,
    )
    if not outline.closed:
        patch.set_snap(False)  # its pieces, straight or not, must meet
    axes.add_artist(patch)
