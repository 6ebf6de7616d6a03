"""Deletion and insertion as a small figure."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from cnnviz.attribution.removal import Curves, area

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def curves_figure(method: str, what: str, curves: Curves) -> Figure:
    """Draw both curves beside those of pixels in random order.

    Args:
        method: The name of the method.
        what: What the curves are of, such as `probability of class 3`.
        curves: The curves.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure = Figure(figsize=(7, 3), layout="constrained")
    figure.suptitle(f"{method}: {what}", fontsize=10)
    pairs = (
        ("deletion", "taken away", curves.deletion, curves.random_deletion),
        ("insertion", "put in", curves.insertion, curves.random_insertion),
    )
    for axes, (name, way, mine, random) in zip(figure.subplots(1, 2, sharey=True), pairs, strict=True):
        for values, color, label in ((mine, "C3", "the most important first"), (random, "0.5", "in random order")):
            shown = [value if abs(value) < 1e300 else nan for value in values.tolist()]
            axes.plot(curves.parts, shown, color=color, label=f"{label} ({area(values, curves.parts):.3g})")
        axes.set_title(name, fontsize=9)
        axes.set_xlabel(f"pixels {way}", fontsize=8)
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    return figure
