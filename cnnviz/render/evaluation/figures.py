"""Figures of an evaluation: the confusion matrix, and a labelled sheet of examples."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

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
_LONGEST, _LONGEST_ALONG = 12, 24
"""Letters of a class's name that fit into a caption, and along a matrix."""

_NAMED = 60
"""Classes whose names are written along a matrix, and numbers in it; of more, only the numbers of the classes."""

_CELL, _LARGEST_SIDE = 0.5, 12.0
"""Inches of a class in a matrix, and of the longest matrix."""

_FAINTEST = 0.12
"""Where the colours of what is not nothing begin: a rare mistake is not white."""


def confusion_figure(evaluation: Evaluation) -> Figure:
    """Draw the confusion matrix: counts as they are, colours by the part of each row, so that rare classes show.

    What is right is blue, on a scale that ends at the whole row. Mistakes are red, on a scale of their own that ends at
    the most frequent: beside what is right they would all be white.
    """
    from matplotlib.figure import Figure

    counts = evaluation.confusion()
    names, size = evaluation.classes, len(evaluation.classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(size, dtype=np.bool_)
    side = min(_LARGEST_SIDE, 2.5 + _CELL * size)
    figure = Figure(figsize=(side + 1.2, side), layout="constrained")
    axes = figure.add_subplot()
    most = float(shares[~right].max(initial=0))
    for part, colors, end, label in (
        (right, "Blues", 1.0, "right, part of the row"),
        (~right, "Reds", most, "taken for another, part of the row"),
    ):
        if not end:
            continue
        shown = np.ma.masked_where(~part | (counts == 0), shares)
        image = axes.imshow(shown, cmap=_from_faintest(colors), vmin=0, vmax=end)
        figure.colorbar(image, ax=axes, label=label, shrink=0.8, format=_percent, pad=0.02)
    axes.set_xlabel("taken for")
    axes.set_ylabel("truth")
    axes.set_title(f"{evaluation.name}: {accuracy(evaluation)} of {len(evaluation):,} right")
    if size > _NAMED:
        return figure
    room = side * 0.75 / size * 72
    shown_names = [cut(name, _LONGEST_ALONG) for name in names]
    letters = min(10.0, 0.8 * room)
    turned = 0 if max(map(len, shown_names)) * letters * 0.65 < room else 90
    axes.set_xticks(range(size), shown_names, rotation=turned, fontsize=letters)
    axes.set_yticks(range(size), shown_names, fontsize=letters)
    for row, column in zip(*counts.nonzero(), strict=True):
        text = f"{counts[row, column]}"
        level = shares[row, column] / (1 if row == column else most)
        fontsize = min(8.0, 0.5 * room, 1.4 * room / len(text))
        color = "white" if level > 0.6 else _INK
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=fontsize)
    return figure


def _from_faintest(name: str) -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap(colours_of(name)(np.linspace(_FAINTEST, 1, 256)))


def _percent(share: float, _: object = None) -> str:
    return f"{100 * share:.3g} %"


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
