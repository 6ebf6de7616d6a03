"""Where each channel answers most among very many pictures, in memory that does not grow with their number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array


class Answers(NamedTuple):
    """Where each channel of a layer answers most in one picture.

    Attributes:
        values: The largest value of each channel, `(channels,)`; minus infinity where none is finite.
        places: Its row and column, `(channels, 2)`; zeros for a vector.
    """

    values: NDArray[np.float64]
    places: NDArray[np.int32]


def answers_of(output: Array) -> Answers:
    """Find where each channel answers most; of equal answers the first, row by row.

    Args:
        output: `(H, W, channels)` or `(units,)`.
    """
    values = np.where(np.isfinite(output), output, -np.inf).astype(np.float64)
    if values.ndim == 1:
        return Answers(values, np.zeros((len(values), 2), np.int32))
    flat = values.reshape(-1, values.shape[2])
    best = flat.argmax(axis=0)
    places = np.stack(np.divmod(best, values.shape[1]), axis=1).astype(np.int32)
    return Answers(flat[best, np.arange(flat.shape[1])], places)


class Strongest:
    """The pictures to which each channel answers most, the strongest first; of equal answers the earlier.

    Attributes:
        values: `(channels, top)`; minus infinity where there are fewer pictures.
        pictures: The number of each picture, `(channels, top)`; -1 where there is none.
        places: Row and column of the answer, `(channels, top, 2)`.
    """

    def __init__(self, channels: int, top: int) -> None:
        """Begin without any picture.

        Args:
            channels: How many channels the layer has.
            top: How many pictures are kept of each.
        """
        self.values = np.full((channels, top), -np.inf)
        self.pictures = np.full((channels, top), -1, np.int64)
        self.places = np.zeros((channels, top, 2), np.int32)

    def add(self, picture: int, answers: Answers) -> None:
        """Look at one more picture.

        Args:
            picture: Its number; later ones have larger numbers.
            answers: Where the channels answer most in it.
        """
        better = np.flatnonzero(answers.values > self.values[:, -1])
        if not better.size:
            return
        own = self.values[better]
        at = (own >= answers.values[better, None]).sum(axis=1)  # behind all that are no weaker
        top = own.shape[1]
        order = np.arange(top)[None]
        # Those behind move one place down; the last falls out.
        source = np.where(order <= at[:, None], order, order - 1)
        for array, new in (
            (self.values, answers.values[better]),
            (self.pictures, np.full(better.size, picture)),
            (self.places, answers.places[better]),
        ):
            index = source if array.ndim == 2 else source[..., None]
            moved = np.take_along_axis(array[better], index, axis=1)
            moved[np.arange(better.size), at] = new
            array[better] = moved
