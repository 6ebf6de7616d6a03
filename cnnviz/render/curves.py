"""The curves of a training: accuracy and loss, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MANY = 40
"""Epochs whose points would run together."""


_LARGEST = 1e300
"""What an axis has room for; a point beyond is left out."""


class Curve(NamedTuple):
    """A quantity over the epochs.

    Attributes:
        training: On the examples that are trained on, from epoch 1 on.
        validation: On those that are not; empty without any.
    """

    training: Sequence[float]
    validation: Sequence[float]


def curves_figure(name: str, accuracy: Curve, loss: Curve) -> Figure:
    """Draw accuracy and loss side by side.

    Args:
        name: The stack's.
        accuracy: From 0 to 1.
        loss: The loss.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    figure.suptitle(name, fontsize=11)
    for axes, curve, what in zip(figure.subplots(1, 2), (accuracy, loss), ("accuracy", "loss"), strict=True):
        _draw(axes, curve)
        axes.set_title(what, fontsize=10)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        if len(curve.training) == 1:  # else the axis would end a hundredth of an epoch before and after
            axes.set_xlim(0, 2)
        if what == "accuracy":
            axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    return figure


def _draw(axes: Axes, curve: Curve) -> None:
    marker = "o" if len(curve.training) <= _MANY else None
    epochs = range(1, len(curve.training) + 1)
    for values, color, label in ((curve.training, "C0", "training"), (curve.validation, "C1", "validation")):
        if values:
            shown = [value if abs(value) < _LARGEST else nan for value in values]
            axes.plot(epochs, shown, marker=marker, markersize=4, color=color, label=label)
    axes.legend()
    axes.grid(alpha=0.3)
