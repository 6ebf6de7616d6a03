"""The figures of an evaluation, each written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.evaluation.figures import SHOWN, confusion_figure, examples_figure
from cnnviz.render.kit.figures import write_figure
from cnnviz.render.scaling import ScaleBy, ranges, to_levels
from cnnviz.render.sheets import picture, sheet
from cnnviz.render.statistics import measure
from cnnviz.workflows.evaluation.evaluate import Evaluated
from cnnviz.workflows.prepare.examples import is_array

_LAYER = ScaleBy("layer")


def draw_confusion(found: Evaluated, path: Path) -> None:
    """Draw the confusion matrix into a file.

    Raises:
        OutputError: If it cannot be written.
    """
    write_figure(lambda: confusion_figure(found.evaluation), path)


def draw_examples(found: Evaluated, path: Path) -> None:
    """Draw a labelled sheet of examples, the worst mistakes first, into a file.

    Raises:
        OutputError: If it cannot be written.
    """
    evaluation = found.evaluation
    chosen = evaluation.worst()[:SHOWN]
    mistakes = len(evaluation) - evaluation.correct
    title = f"{evaluation.name}: {mistakes:,} of {len(evaluation):,} taken for what they are not, the worst first"
    pictures = [_levels(found, index) for index in chosen]
    guesses = [evaluation.guess(index) for index in chosen]
    write_figure(lambda: examples_figure(guesses, pictures, title), path)


def _levels(found: Evaluated, index: int) -> NDArray[np.uint8]:
    """Return an example to look at: a picture as it entered the network, other numbers from least to greatest."""
    pixels = found.pixels[index]
    if is_array(found.examples.pictures[index]):
        numbers = pixels.astype(np.float64)
        return sheet(to_levels(numbers, ranges(measure(numbers), _LAYER, numbers)))
    return picture(pixels, found.color)
