"""Figures of an evaluation: the confusion matrix, and a labelled sheet of examples."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.matplotlib import colours_of
from cnnviz.render.evaluation.model import Evaluation, Guess
from cnnviz.render.evaluation.text import accuracy
from cnnviz.render.kit.numbers import percent
from cnnviz.render.kit.text import cut

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 40
"""Examples on a sheet."""

_COLUMNS = 8
_FEWEST = 4
"""Columns that are needed for the title."""

_TILE, _GAP, _CAPTION, _TITLE = 1.5, 0.1, 0.35, 0.4
"""Inches: a picture's place, the space between pictures, a caption's height, the title's."""

_INK, _WRONG = "black", "#b3261e"
_LONGEST = 12
"""Letters of a class's name that fit into a caption."""

_NAMED = 30
"""Classes whose names are written along a matrix; of more, the numbers."""


def confusion_figure(evaluation: Evaluation) -> Figure:
    """Draw the confusion matrix: counts as they are, colours by the part of each row, so that rare classes show."""
    from matplotlib.figure import Figure

    counts = evaluation.confusion()
    names, size = evaluation.classes, len(evaluation.classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(12.0, 2.5 + 0.5 * size)
    figure = Figure(figsize=(side + 0.6, side), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap=colours_of("Blues"), vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, label="part of the row", shrink=0.8)
    axes.set_xlabel("taken for")
    axes.set_ylabel("truth")
    axes.set_title(f"{evaluation.name}: {accuracy(evaluation)} of {len(evaluation):,} right")
    if size <= _NAMED:
        turned = 0 if max(map(len, names)) <= 3 else 90
        axes.set_xticks(range(size), names, rotation=turned)
        axes.set_yticks(range(size), names)
        for row, column in zip(*counts.nonzero(), strict=True):
            color = "white" if shares[row, column] > 0.5 else _INK
            axes.text(column, row, f"{counts[row, column]}", ha="center", va="center", color=color, fontsize=8)
    return figure


def examples_figure(guesses: Sequence[Guess], pictures: Sequence[NDArray[np.uint8]], title: str) -> Figure:
    """Draw pictures side by side, each with its number, its class, and what it was taken for.

    Args:
        guesses: What was predicted of each.
        pictures: Each `(H, W)`, or `(H, W, 3)` in RGB.
        title: What stands over them.
    """
    from matplotlib.figure import Figure

    columns = min(_COLUMNS, len(pictures))
    rows = ceil(len(pictures) / columns)
    width, height = _TILE * max(columns, _FEWEST), (_TILE + _CAPTION) * rows + _TITLE
    figure = Figure(figsize=(width, height))
    figure.text(0.5, 1 - _TITLE / 2 / height, title, fontsize=10, ha="center", va="center")
    for number, (guess, picture) in enumerate(zip(guesses, pictures, strict=True)):
        left = _TILE * (number % columns) + _GAP / 2
        bottom = height - _TITLE - (_TILE + _CAPTION) * (number // columns + 1) + _GAP
        side = _TILE - _GAP
        # Placed by hand: a layout that is worked out takes seconds.
        axes = figure.add_axes((left / width, bottom / height, side / width, side / height))
        axes.set_axis_off()
        axes.imshow(picture, cmap=colours_of("gray"), vmin=0, vmax=255, interpolation="nearest")
        axes.set_title(_caption(guess), fontsize=7, color=_INK if guess.right else _WRONG)
    return figure


def _caption(guess: Guess) -> str:
    truth, prediction = cut(guess.truth, _LONGEST), cut(guess.prediction, _LONGEST)
    said = truth if guess.right else f"{truth} taken for {prediction}"
    return f"{said}\n{percent(guess.probability, exact=False)}, example {guess.example}"
