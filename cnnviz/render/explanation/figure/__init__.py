"""An explained value as a figure: the picture, the maps, every number of the window, the arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.kit.figures import encode_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_LONGER = 1920
"""Pixels along the longer side of a slide."""


def to_figure(value: ExplainedValue, suffix: str, aspect: float | None = None) -> bytes:
    """Draw an explained value.

    Args:
        value: The value.
        suffix: `.png`, `.svg` or `.pdf`, which decides the format.
        aspect: Width over height of the page; None for as high as what is drawn.

    Returns:
        The file's bytes: the same for the same value.
    """

    def make() -> Figure:
        # The modules of this folder import matplotlib, which may be loaded in one place alone.
        from cnnviz.render.explanation.figure.page import explanation_figure

        return explanation_figure(value, aspect)

    size = None if aspect is None else (_LONGER, round(_LONGER / aspect))
    if aspect is not None and aspect < 1:
        size = (round(_LONGER * aspect), _LONGER)
    return encode_figure(make, suffix, {"svg.fonttype": "none", "hatch.linewidth": 0.6}, size)
