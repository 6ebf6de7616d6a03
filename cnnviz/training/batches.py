"""Examples in batches, in an order that follows from the seed and the epoch alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array, Forward
from cnnviz.ops.quiet import quiet
from cnnviz.training.losses import Labels

_ORDER, _NOISE, _SPLIT = 0, 1, 2
"""What a stream of random numbers is for: the order of the examples, what is random inside layers, or which examples
are kept to validate with."""


class Batches:
    """Labelled pictures, handed out batch by batch.

    Args:
        pixels: `(N, H, W, C)`, as `Network.forward` takes them, of any number type.
        labels: `(N,)`.
        normalise: Function from pixels to what the first layer reads.
        size: Examples of a batch; an epoch's last may be smaller.
        seed: Seed of the order; None for the examples' own.
    """

    def __init__(self, pixels: Array, labels: Labels, normalise: Forward, size: int, seed: int | None) -> None:
        self._pixels, self._labels = pixels, labels
        self._normalise = normalise
        self._size = size
        self._seed = seed

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return -(-len(self._labels) // self._size)

    def order(self, epoch: int) -> NDArray[np.int64] | None:
        """Return the order of an epoch's examples; None for their own.

        Args:
            epoch: Number of the epoch, from 1.
        """
        if self._seed is None:
            return None
        # Only PCG64's raw integers are the same in every version of NumPy.
        return np.argsort(np.random.PCG64([self._seed, _ORDER, epoch]).random_raw(len(self._labels)), kind="stable")

    def batch(self, number: int, order: NDArray[np.int64] | None) -> tuple[Array, Labels]:
        """Return a batch, ready for the first layer.

        Args:
            number: The batch's number in the epoch, from 0.
            order: The order of the epoch's examples; None for their own.
        """
        part: Any = slice(number * self._size, (number + 1) * self._size)
        if order is not None:
            part = order[part]
        with quiet():  # what overflows ends the training, with a message
            return self._normalise(self._pixels[part]), self._labels[part]


def split(labels: Labels, share: float, seed: int) -> NDArray[np.bool_]:
    """Choose the examples to validate with: as many as Keras's `validation_split` keeps, of every class its part.

    Args:
        labels: `(N,)`.
        share: The part of the examples, less than 1.
        seed: Seed of the choice inside each class.

    Returns:
        `(N,)`, true for those to validate with. Every class is on both sides, if it has two examples and there are as
        many to validate with as there are such classes.
    """
    count = len(labels)
    _, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    wanted = count - math.floor(count * (1.0 - share))
    kept = np.clip(counts * wanted // count, counts > 1, counts - 1)
    while kept.sum() < wanted:  # the class that is shortest of its part, and not its last example
        kept[((kept + 0.5) / counts + 2.0 * (kept >= counts - 1) + 4.0 * (kept == counts)).argmin()] += 1
    while kept.sum() > wanted:
        kept[((kept - 0.5) / counts - 2.0 * (kept < 2) - 4.0 * (kept == 0)).argmax()] -= 1
    # Which of a class: its first ones in a random order.
    order = np.argsort(np.random.PCG64([seed, _SPLIT]).random_raw(count), kind="stable")
    order = order[np.argsort(classes[order], kind="stable")]
    rank = np.arange(count) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = np.zeros(count, np.bool_)
    chosen[order] = rank < np.repeat(kept, counts)
    return chosen


def noise(seed: int, step: int) -> np.random.Generator:
    """Return the generator of what is random inside layers in one step, such as which units are dropped.

    Args:
        seed: The training's.
        step: Counted from 1 through all epochs.
    """
    return np.random.Generator(np.random.PCG64([seed, _NOISE, step]))
