"""An explained value as a figure: the picture, the maps, every number of the window, the arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.kit.figures import encode_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def to_figure(value: ExplainedValue, suffix: str) -> bytes:
    """Draw an explained value.

    Args:
        value: The value.
        suffix: `.png`, `.svg` or `.pdf`, which decides the format.

    Returns:
        The file's bytes: the same for the same value.
    """

    def make() -> Figure:
        # The modules of this folder import matplotlib, which may be loaded in one place alone.
        from cnnviz.render.explanation.figure.page import explanation_figure

        return explanation_figure(value)

    return encode_figure(make, suffix, {"svg.fonttype": "none"})
