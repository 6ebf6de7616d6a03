"""How a gradient changes weights: Keras 3's formulas and defaults.

An optimizer works on vectors, number by number, so it neither knows layers nor shapes. What it remembers from step to
step are vectors of the same length, its slots, which begin with zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec
import numpy as np

from cnnviz.layers.base import Array
from cnnviz.ops.parallel import run_bands

_BAND = 1 << 15
"""Numbers worked on at a time, so that what is in between stays in the cache."""

_HAND_OUT = 100_000
"""Fewer weights than this are not worth a second thread."""


class Optimizer(msgspec.Struct, frozen=True, kw_only=True):
    """How a gradient changes weights.

    Attributes:
        learning_rate: The length of a step.
    """

    learning_rate: float

    slots: ClassVar[tuple[str, ...]] = ()
    """Names of what the optimizer remembers."""

    def update(self, step: int, weights: Array, gradient: Array, *slots: Array) -> None:
        """Take a step, in place.

        Args:
            step: The number of this step, from 1.
            weights: A vector.
            gradient: Gradient by the weights, of the same length; may be overwritten.
            *slots: Vectors of the same length, changed in place.
        """
        raise NotImplementedError

    def apply(self, step: int, weights: Array, gradient: Array, slots: Mapping[str, Array]) -> None:
        """Take a step on long vectors, band by band, on as many threads as are allowed.

        Args:
            step: The number of this step, from 1.
            weights: A vector, changed in place.
            gradient: Gradient by the weights, of the same length; overwritten.
            slots: What the optimizer remembers, by name, changed in place.
        """
        vectors = [weights, gradient, *(slots[name] for name in self.slots)]
        bands = [slice(start, start + _BAND) for start in range(0, len(weights), _BAND)]
        run_bands(
            lambda band: self.update(step, *(vector[band] for vector in vectors)),
            bands,
            worthwhile=len(weights) >= _HAND_OUT,
        )


class SGD(Optimizer, frozen=True, kw_only=True):
    """Goes down the gradient."""

    learning_rate: float = 0.01

    def update(self, step: int, weights: Array, gradient: Array, *slots: Array) -> None:
        gradient *= self.learning_rate
        weights -= gradient


class Momentum(Optimizer, frozen=True, kw_only=True):
    """Goes on in the direction of the steps before, as a ball does that rolls downhill (Polyak, 1964).

    Attributes:
        momentum: The part of the speed that is kept from step to step.
    """

    learning_rate: float = 0.01
    momentum: float = 0.9

    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    def update(self, step: int, weights: Array, gradient: Array, *slots: Array) -> None:
        (velocity,) = slots
        gradient *= self.learning_rate
        velocity *= self.momentum
        velocity -= gradient
        weights += velocity


class RMSprop(Optimizer, frozen=True, kw_only=True):
    """Divides every weight's gradient by its usual size (Tieleman and Hinton, 2012).

    Attributes:
        rho: The part of the usual size that is kept from step to step.
        epsilon: Keeps the divisor from 0.
    """

    learning_rate: float = 0.001
    rho: float = 0.9
    epsilon: float = 1e-7

    slots: ClassVar[tuple[str, ...]] = ("mean_square",)

    def update(self, step: int, weights: Array, gradient: Array, *slots: Array) -> None:
        (mean_square,) = slots
        square = np.square(gradient)
        square *= 1 - self.rho
        mean_square *= self.rho
        mean_square += square
        np.add(mean_square, self.epsilon, out=square)
        gradient *= self.learning_rate
        gradient /= np.sqrt(square, out=square)
        weights -= gradient


class Adam(Optimizer, frozen=True, kw_only=True):
    """Momentum and RMSprop together, both freed from their start at zero (Kingma and Ba, 2014).

    Attributes:
        beta_1: The part of the mean gradient that is kept from step to step.
        beta_2: The part of the mean square that is kept from step to step.
        epsilon: Keeps the divisor from 0.
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    slots: ClassVar[tuple[str, ...]] = ("mean", "mean_square")

    def update(self, step: int, weights: Array, gradient: Array, *slots: Array) -> None:
        mean, mean_square = slots
        rate = self.learning_rate * (1 - self.beta_2**step) ** 0.5 / (1 - self.beta_1**step)
        change = np.square(gradient)
        change -= mean_square
        change *= 1 - self.beta_2
        mean_square += change
        gradient -= mean
        gradient *= 1 - self.beta_1
        mean += gradient
        np.sqrt(mean_square, out=change)
        change += self.epsilon
        np.divide(mean, change, out=change)
        change *= rate
        weights -= change


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "momentum": Momentum, "rmsprop": RMSprop, "adam": Adam}
"""The optimizers by their names in `training.optimizer`."""
