"""Layers of every kind with drawn arguments: their shapes, their gradients, and how they explain a value.

Drawing takes longer than any of these checks: one layer serves all.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnviz.layers import all_kinds
from cnnviz.ops.activations import find_activation
from tests.helpers.examples import prepare, random_inputs, random_weights
from tests.helpers.fuzzing import cases
from tests.helpers.kinds import is_steep
from tests.helpers.rows import each
from tests.helpers.strategies import layer_of
from tests.layers.explaining import test_explain as explaining
from tests.layers.test_gradients import check_gradients, given_inputs, given_weights
from tests.layers.test_laws import check_formula


def some(count):
    """Draw a layer and a place in its output so many times."""
    return lambda test: settings(
        max_examples=count, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
    )(given(data=st.data())(test))


def check(kind, data):
    layer, shapes = data.draw(layer_of(kind))
    place = tuple(data.draw(st.integers(0, length - 1)) for length in layer.output_shape(*shapes))
    weights, inputs = random_weights(layer, shapes), random_inputs(shapes, items=1)
    forward = prepare(layer, shapes, weights=weights)
    assert forward(*inputs).shape == (1, *layer.output_shape(*shapes))
    check_formula(layer, shapes)
    explanation = explaining.check(layer, place, weights, inputs, forward)
    if not find_activation(getattr(layer, "activation", None)).axes:  # of the channels of a place, one is shown in full
        explaining.check_the_unnamed(explanation, place, inputs, forward)
    if not is_steep(kind):
        check_gradients(layer, shapes, given_weights(layer, shapes), given_inputs(shapes), 1e-5)


@each("kind", sorted(all_kinds()))
@some(5)
def test_any_layer(kind, data):
    check(kind, data)


@pytest.mark.fuzz
@each("kind", sorted(all_kinds()))
@some(cases(200))
def test_many_layers(kind, data):
    check(kind, data)
