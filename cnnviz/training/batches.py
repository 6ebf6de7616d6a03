"""Examples in batches, in an order that follows from the seed and the epoch alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array, Forward
from cnnviz.training.losses import Labels

_ORDER, _NOISE = 0, 1
"""What a stream of random numbers is for: the order of the examples, or what is random inside layers."""


class Batches:
    """Labelled pictures, handed out batch by batch.

    Args:
        pixels: `(N, H, W, C)`, as `Network.forward` takes them, of any number type.
        labels: `(N,)`.
        normalise: From pixels to what the first layer reads.
        size: Examples of a batch; an epoch's last may be smaller.
        seed: Of the order; None for the examples' own.
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
            epoch: Its number, from 1.
        """
        if self._seed is None:
            return None
        # Only PCG64's raw integers are the same in every version of NumPy.
        return np.argsort(np.random.PCG64([self._seed, _ORDER, epoch]).random_raw(len(self._labels)), kind="stable")

    def batch(self, number: int, order: NDArray[np.int64] | None) -> tuple[Array, Labels]:
        """Return a batch, ready for the first layer.

        Args:
            number: Which of the epoch, from 0.
            order: The epoch's.
        """
        part: Any = slice(number * self._size, (number + 1) * self._size)
        if order is not None:
            part = order[part]
        return self._normalise(self._pixels[part]), self._labels[part]


def noise(seed: int, step: int) -> np.random.Generator:
    """Return the generator of what is random inside layers in one step, such as which units are dropped.

    Args:
        seed: The training's.
        step: Counted from 1 through all epochs.
    """
    return np.random.Generator(np.random.PCG64([seed, _NOISE, step]))
