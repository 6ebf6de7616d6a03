"""Which maps of a layer come first, the strongest: by a plain definition, and the same on every machine."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.render.activity import strongest_first
from cnnviz.render.statistics import measure


def order_of(array: np.ndarray) -> tuple[int, ...]:
    return strongest_first(array, measure(array))


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_maps_are_ordered_by_their_mean_magnitude(scale):
    array = np.random.default_rng(0).normal(size=(5, 7, 40)) * np.arange(1, 41) * scale
    means = np.abs(array / scale).mean(axis=(0, 1))
    assert order_of(array) == tuple(np.argsort(-means).tolist())


def test_equal_maps_keep_the_order_of_their_numbers_whatever_the_last_digits():
    array = np.random.default_rng(0).normal(size=(30, 20, 1)) * np.array([1, 1 + 1e-12, 1 - 1e-12, 2.0])
    assert order_of(array) == (3, 0, 1, 2)
    assert order_of(np.zeros((3, 3, 3))) == (0, 1, 2)


def test_what_is_not_finite_is_left_out():
    array = np.ones((2, 2, 3)) * [1.0, 2.0, 3.0]
    array[0, 0, 2] = np.inf
    array[..., 1] = np.nan
    assert order_of(array) == (2, 0, 1)
