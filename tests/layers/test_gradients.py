"""Every kind's gradients against finite differences, and what else holds for all of them in training."""

from __future__ import annotations

import numpy as np
import pytest
from examples import EXAMPLES, all_examples, make, random_inputs, random_weights

from cnnviz.layers import all_kinds

NO_GRADIENT: dict[str, str] = {}
"""Kinds without a gradient, and why."""

STEP = 1e-6

every_example = pytest.mark.parametrize(
    ("kind", "arguments", "shapes"),
    [pytest.param(*example, id=name) for *example, name in all_examples() if example[0] not in NO_GRADIENT],
)


def train(layer, shapes, weights, inputs):
    """Run a training step with randomness of its own."""
    forward = layer.prepare_training(np.dtype("float64"), *shapes)
    return forward(weights, np.random.default_rng(3), *inputs)


def doubles(layer, shapes):
    """Give random weights in double precision."""
    return {name: values.astype(np.float64) for name, values in random_weights(layer, shapes).items()}


@every_example
def test_gradients_are_finite_differences(kind, arguments, shapes):
    layer = make(kind, arguments)
    weights, inputs = doubles(layer, shapes), random_inputs(shapes)
    rng = np.random.default_rng(0)
    step = train(layer, shapes, weights, inputs)
    gradient = rng.normal(0, 1, step.output.shape)
    gradients = step.backward(gradient)
    assert [by.shape for by in gradients.inputs] == [x.shape for x in inputs]

    def slope(changed_weights, changed_inputs, sign):
        return (train(layer, shapes, changed_weights, changed_inputs).output * gradient).sum() * sign

    for index, by in enumerate(gradients.inputs):
        direction = rng.normal(0, 1, by.shape)
        ends = [[x + sign * STEP * direction if i == index else x for i, x in enumerate(inputs)] for sign in (1, -1)]
        expected = (slope(weights, ends[0], 1) + slope(weights, ends[1], -1)) / (2 * STEP)
        assert (by * direction).sum() == pytest.approx(expected, rel=1e-6, abs=1e-6)
    for name, by in gradients.weights.items():
        assert by.shape == weights[name].shape
        direction = rng.normal(0, 1, by.shape)
        ends = [{**weights, name: weights[name] + sign * STEP * direction} for sign in (1, -1)]
        expected = (slope(ends[0], inputs, 1) + slope(ends[1], inputs, -1)) / (2 * STEP)
        assert (by * direction).sum() == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("kind", sorted(all_kinds()))
def test_every_kind_has_a_gradient_or_says_why_not(kind):
    arguments, shapes = EXAMPLES[kind][0]
    layer = make(kind, arguments)
    layer.prepare_training(np.dtype("float64"), *shapes)
