"""Every kind explains itself: what it says leads to what the forward pass gives, from the numbers that it names."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.helpers.examples import all_examples, make, prepare, random_inputs, random_weights
from tests.helpers.formulas import recompute
from tests.helpers.rows import each


def explained(layer, weights, inputs, place):
    return layer.explain(weights, place, *(array[0] for array in inputs))


def check(layer, place, weights, inputs, forward):
    out = forward(*inputs)[0]
    explanation = explained(layer, weights, inputs, place)
    room = 1e-9 * max(np.ptp(out), 1)
    assert abs(recompute(explanation) - out[place]) <= room
    assert abs(explanation.value - out[place]) <= room
    assert all(stage.words.endswith(".") for stage in explanation.stages)
    for stage in explanation.stages:
        for patch in stage.patches:
            if patch.source >= 0:
                check_values(patch, inputs[patch.source][0])
    return explanation


def check_values(patch, array):
    """What a patch says it read is what lies there; padding lies nowhere."""
    maps = as_maps(array)
    for (i, row), (j, column), (k, channel) in itertools.product(
        enumerate(patch.rows), enumerate(patch.columns), enumerate(patch.channels)
    ):
        inside = 0 <= row < maps.shape[0] and 0 <= column < maps.shape[1]
        assert patch.inside[i, j] == inside
        assert patch.values[i, j, k] == (maps[row, column, channel] if inside else 0)


@each(
    ("kind", "arguments", "shapes"),
    [pytest.param(kind, arguments, shapes, id=name) for kind, arguments, shapes, name in all_examples()],
)
def test_the_corners_and_some_other_places_of_every_example(kind, arguments, shapes):
    layer = make(kind, arguments)
    weights, inputs = random_weights(layer, shapes), random_inputs(shapes, items=1)
    forward = prepare(layer, shapes, weights=weights)
    out_shape = layer.output_shape(*shapes)
    rng = np.random.default_rng(0)
    places = [tuple(0 for _ in out_shape), tuple(length - 1 for length in out_shape)]
    places += [tuple(int(rng.integers(length)) for length in out_shape) for _ in range(6)]
    for place in places:
        check(layer, place, weights, inputs, forward)


def check_the_unnamed(explanation, place, inputs, forward):
    """What an explanation does not name does not matter."""
    changed = [array + 7 for array in inputs]
    for patch in explanation.stages[0].patches:
        new, old = (as_maps(arrays[patch.source][0]) for arrays in (changed, inputs))
        for row, column in itertools.product(patch.rows, patch.columns):
            if 0 <= row < new.shape[0] and 0 <= column < new.shape[1]:
                new[row, column, list(patch.channels)] = old[row, column, list(patch.channels)]
    before, after = forward(*inputs)[0], forward(*changed)[0]
    assert abs(after[place] - before[place]) <= 1e-8 * max(np.ptp(before), np.ptp(after), 1)


def as_maps(array):
    return array if array.ndim == 3 else array[None, None]
