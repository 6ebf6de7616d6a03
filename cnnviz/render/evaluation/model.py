"""An evaluation as data: what was predicted of every example."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Shares = NDArray[np.float64]


class Guess(NamedTuple):
    """One example, and what it was taken for.

    Attributes:
        example: Number of the example in the data.
        truth: Name of the class of the example.
        prediction: Name of the class that the example was taken for.
        probability: Probability of the prediction.
        truth_probability: Probability of the truth.
        right: Whether the example was taken for what it is.
    """

    example: int
    truth: str
    prediction: str
    probability: float
    truth_probability: float
    right: bool


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What a stack made of a data set.

    Attributes:
        name: Name of the stack.
        source: Name of the data.
        first: Number of the first example in the data.
        dtype: Floating type of the forward pass.
        softmax: Whether the stack ends in one; if not, one was applied for the probabilities.
        classes: The names of the classes.
        loss_name: `cross_entropy` or `mse`.
        loss: Mean of the loss over the examples.
        labels: Class of each example, `(N,)`.
        predictions: Class that each example was taken for, `(N,)`.
        probabilities: Probability of each prediction, `(N,)`.
        truth_probabilities: Probability of each label, `(N,)`.
    """

    name: str
    source: str
    first: int
    dtype: str
    softmax: bool
    classes: tuple[str, ...]
    loss_name: str
    loss: float
    labels: Numbers
    predictions: Numbers
    probabilities: Shares
    truth_probabilities: Shares

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def correct(self) -> int:
        """How many examples were taken for what they are."""
        return int(np.count_nonzero(self.labels == self.predictions))

    @property
    def accuracy(self) -> float:
        """The part of the examples that were taken for what they are, from 0 to 1."""
        return self.correct / len(self)

    def confusion(self) -> Numbers:
        """Count what was taken for what: `(classes, classes)`, a row is the truth, a column the prediction."""
        count = len(self.classes)
        pairs = np.bincount(self.labels * count + self.predictions, minlength=count * count)
        return pairs.reshape(count, count)

    def mistakes(self) -> Numbers:
        """Return where the mistakes are, the worst first: those whose truth was thought least likely."""
        return self.worst()[: len(self) - self.correct]

    def worst(self) -> Numbers:
        """Return where all examples are: the mistakes, the worst first, then the others, the least sure first."""
        return np.lexsort((self.truth_probabilities, self.labels == self.predictions))

    def guess(self, index: int) -> Guess:
        """Return one of the examples."""
        return Guess(
            example=self.first + int(index),
            truth=self.classes[self.labels[index]],
            prediction=self.classes[self.predictions[index]],
            probability=float(self.probabilities[index]),
            truth_probability=float(self.truth_probabilities[index]),
            right=bool(self.labels[index] == self.predictions[index]),
        )
