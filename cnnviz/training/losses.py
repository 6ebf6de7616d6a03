"""What training makes small: the distance between what a stack says of examples and what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array

Labels = NDArray[np.int64]


class Loss(NamedTuple):
    """A loss over a batch.

    Attributes:
        value: The mean over the examples.
        gradient: Its gradient by the outputs, in their shape and dtype.
    """

    value: float
    gradient: Array


def cross_entropy(logits: Array, labels: Labels) -> Loss:
    """Measure `-log softmax(logits)[label]`, as Keras's `SparseCategoricalCrossentropy(from_logits=True)`.

    Softmax and logarithm are one, so that neither overflows and the gradient is a plain difference.

    Args:
        logits: `(N, classes)`, scores before any softmax.
        labels: `(N,)`.
    """
    rows = np.arange(len(labels))
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    scores = shifted[rows, labels]
    shares = np.exp(shifted, out=shifted)
    sums = shares.sum(axis=1, keepdims=True)
    value = float(np.mean(np.log(sums[:, 0]) - scores))
    shares /= sums
    shares[rows, labels] -= 1
    shares /= len(labels)
    return Loss(value, shares.astype(logits.dtype))


def mean_squared_error(outputs: Array, labels: Labels) -> Loss:
    """Measure the mean of `(output - target)**2`, the target 1 for the label's unit and 0 for all others.

    Args:
        outputs: `(N, classes)`.
        labels: `(N,)`.
    """
    errors = outputs.astype(np.float64)
    errors[np.arange(len(labels)), labels] -= 1
    value = float(np.mean(np.square(errors)))
    errors *= 2 / errors.size
    return Loss(value, errors.astype(outputs.dtype))


LOSSES: dict[str, Callable[[Array, Labels], Loss]] = {"cross_entropy": cross_entropy, "mse": mean_squared_error}
"""The losses by their names in `training.loss`."""


def correct(outputs: Array, labels: Labels) -> int:
    """Count the examples whose greatest output is their label's."""
    return int(np.count_nonzero(outputs.argmax(axis=1) == labels))
