from __future__ import annotations

import numpy as np

from cnnviz.render.statistics import measure
from cnnviz.render.tensor_facts import duplicates


def groups(array):
    return duplicates(array, measure(array))


def test_finds_groups():
    array = np.random.default_rng(0).normal(size=(20, 30, 6))
    array[..., 4] = array[..., 1]
    array[..., 5] = array[..., 1]
    array[..., 3] = array[..., 0]
    assert groups(array) == [[0, 3], [1, 4, 5]]


def test_noise_does_not_tell_maps_apart():
    array = np.random.default_rng(0).normal(size=(20, 30, 2))
    array[..., 1] = array[..., 0] + 1e-13
    assert groups(array) == [[0, 1]]
    assert groups(array.astype(np.float32)) == [[0, 1]]


def test_one_pixel_does():
    array = np.repeat(np.random.default_rng(0).normal(size=(200, 300, 1)), 2, axis=2)
    array[133, 77, 1] += 1e-6
    assert groups(array) == []


def test_constant_maps_are_another_matter():
    assert groups(np.zeros((4, 4, 3))) == []
    assert groups(np.full((4, 4, 3), 2.5)) == []


def test_the_same_range_is_not_enough():
    array = np.random.default_rng(0).uniform(size=(16, 16, 300))
    array[0, 0], array[0, 1] = 0, 1
    assert groups(array) == []


def test_maps_with_holes_are_left_out():
    array = np.repeat(np.random.default_rng(0).normal(size=(8, 8, 1)), 2, axis=2)
    array[3, 3] = np.nan
    assert groups(array) == []
