"""The optimizers are Keras's, number by number."""

from __future__ import annotations

import math

import numpy as np

from cnnviz.ops.parallel import threads
from cnnviz.training.optimizers import OPTIMIZERS, SGD, Adam, Momentum, Optimizer, RMSprop
from tests.helpers.rows import each

STEPS = 7


def sgd(weight: float, gradients: list[float]) -> float:
    for gradient in gradients:
        weight -= 0.1 * gradient
    return weight


def momentum(weight: float, gradients: list[float]) -> float:
    velocity = 0.0
    for gradient in gradients:
        velocity = 0.8 * velocity - 0.1 * gradient
        weight += velocity
    return weight


def rmsprop(weight: float, gradients: list[float]) -> float:
    mean_square = 0.0
    for gradient in gradients:
        mean_square = 0.9 * mean_square + 0.1 * gradient**2
        weight -= 0.1 * gradient / math.sqrt(mean_square + 1e-7)
    return weight


def adam(weight: float, gradients: list[float]) -> float:
    mean = mean_square = 0.0
    for step, gradient in enumerate(gradients, 1):
        mean = 0.9 * mean + 0.1 * gradient
        mean_square = 0.999 * mean_square + 0.001 * gradient**2
        rate = 0.1 * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        weight -= rate * mean / (math.sqrt(mean_square) + 1e-7)
    return weight


ORACLES = {
    SGD(learning_rate=0.1): sgd,
    Momentum(learning_rate=0.1, momentum=0.8): momentum,
    RMSprop(learning_rate=0.1): rmsprop,
    Adam(learning_rate=0.1): adam,
}


def run(optimizer: Optimizer, weights: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    weights = weights.copy()
    slots = {name: np.zeros_like(weights) for name in optimizer.slots}
    for step, gradient in enumerate(gradients, 1):
        optimizer.apply(step, weights, gradient.copy(), slots)
    return weights


@each("optimizer", ORACLES, ids=lambda optimizer: type(optimizer).__name__)
def test_steps_are_those_of_the_formula(optimizer: Optimizer) -> None:
    rng = np.random.default_rng(0)
    weights, gradients = rng.normal(0, 1, 5), rng.normal(0, 1, (STEPS, 5))
    expected = [ORACLES[optimizer](weights[i], gradients[:, i].tolist()) for i in range(5)]
    np.testing.assert_allclose(run(optimizer, weights, gradients), expected, rtol=1e-12)


@each("name", sorted(OPTIMIZERS))
def test_long_vectors_are_their_parts_for_any_number_of_threads(name: str) -> None:
    rng = np.random.default_rng(0)
    weights, gradients = (rng.normal(0, 1, shape).astype(np.float32) for shape in (100_000, (3, 100_000)))
    whole = run(OPTIMIZERS[name](), weights, gradients)
    with threads(3):
        np.testing.assert_array_equal(run(OPTIMIZERS[name](), weights, gradients), whole)
    for part in (slice(0, 10), slice(40_000, 40_100), slice(99_990, None)):
        np.testing.assert_array_equal(run(OPTIMIZERS[name](), weights[part], gradients[:, part]), whole[part])
    assert whole.dtype == np.float32


@each("name", sorted(OPTIMIZERS))
def test_a_weight_without_gradient_keeps_still(name: str) -> None:
    weights = np.array([1.5, -2.0], np.float32)
    np.testing.assert_array_equal(run(OPTIMIZERS[name](), weights, np.zeros((4, 2), np.float32)), weights)
