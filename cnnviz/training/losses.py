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
        gradient: Gradient of the loss by the outputs, in their shape and dtype.
        correct: How many examples have their greatest output at their label.
    """

    value: float
    gradient: Array
    correct: int


def cross_entropy(logits: Array, labels: Labels) -> Loss:
    """Measure `-log softmax(logits)[label]`, as Keras's `SparseCategoricalCrossentropy(from_logits=True)`.

    Softmax and logarithm are one, so that neither overflows and the gradient is a plain difference. For a single
    score, the loss is `BinaryCrossentropy(from_logits=True)`: `log(1 + exp(z)) - label * z`.

    Args:
        logits: `(N, classes)`, scores before any softmax; or `(N, 1)`, before a sigmoid.
        labels: `(N,)`.
    """
    rows = np.arange(len(labels))
    shifted = as_classes(logits.astype(np.float64))
    correct = _count_correct(shifted, labels)
    shifted -= shifted.max(axis=1, keepdims=True)
    scores = shifted[rows, labels]
    shares = np.exp(shifted, out=shifted)
    sums = shares.sum(axis=1, keepdims=True)
    value = float(np.mean(np.log(sums[:, 0]) - scores))
    shares /= sums
    shares[rows, labels] -= 1
    shares /= len(labels)
    return Loss(value, shares[:, -logits.shape[1] :].astype(logits.dtype), correct)


def as_classes(logits: Array) -> Array:
    """Return scores with one column per class: a single score becomes two, for the sigmoid of z is the softmax of 0, z.

    Args:
        logits: `(N, classes)`, or `(N, 1)`.
    """
    return np.concatenate([np.zeros_like(logits), logits], axis=1) if logits.shape[1] == 1 else logits


def mean_squared_error(outputs: Array, labels: Labels) -> Loss:
    """Measure the mean of `(output - target)**2`, the target 1 for the label's unit and 0 for all others.

    Of a single output, the share of class 1, the target is the label.

    Args:
        outputs: `(N, classes)`, or `(N, 1)`.
        labels: `(N,)`.
    """
    errors = outputs.astype(np.float64)
    one = errors.shape[1] == 1
    correct = _count_correct(np.concatenate([1 - errors, errors], axis=1) if one else errors, labels)
    if one:
        errors[:, 0] -= labels
    else:
        errors[np.arange(len(labels)), labels] -= 1
    value = float(np.mean(np.square(errors)))
    errors *= 2 / errors.size
    return Loss(value, errors.astype(outputs.dtype), correct)


LOSSES: dict[str, Callable[[Array, Labels], Loss]] = {"cross_entropy": cross_entropy, "mse": mean_squared_error}
"""The losses by their names in `training.loss`."""


def _count_correct(scores: Array, labels: Labels) -> int:
    return int(np.count_nonzero(scores.argmax(axis=1) == labels))
