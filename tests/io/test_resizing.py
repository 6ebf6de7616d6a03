from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.io.resizing import resize_plane

sides = st.integers(1, 60)


@given(sides, sides, sides, sides)
def test_resizes_as_opencv_does(height, width, new_height, new_width):
    plane = np.random.default_rng(0).uniform(-1, 1, (height, width))
    found = resize_plane(plane, (new_height, new_width))
    assert found.shape == (new_height, new_width)
    shrinks = new_height <= height and new_width <= width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    # OpenCV's weights are float32.
    np.testing.assert_allclose(found, cv2.resize(plane, (new_width, new_height), interpolation=method), atol=1e-5)


def test_means_and_midpoints():
    plane = np.arange(24.0).reshape(4, 6)
    np.testing.assert_array_equal(resize_plane(plane, (2, 2)), plane.reshape(2, 2, 2, 3).mean((1, 3)))
    np.testing.assert_array_equal(resize_plane(np.array([[0.0, 8.0]]), (1, 4)), [[0, 2, 6, 8]])
    np.testing.assert_array_equal(resize_plane(np.array([[0.0], [3.0], [6.0]]), (2, 1)), [[1], [5]])
    np.testing.assert_array_equal(resize_plane(plane, (4, 6)), plane)


@pytest.mark.parametrize("size", [(7, 5), (31, 47), (5, 90), (1, 1)])
def test_a_flat_plane_stays_flat(size):
    np.testing.assert_array_equal(resize_plane(np.full((20, 30), 201.0), size), np.full(size, 201))


@pytest.mark.parametrize("size", [(3, 3), (9, 9), (3, 9)])
def test_what_is_not_finite_does_not_spread(size):
    plane = np.ones((6, 6))
    plane[0, 0] = np.inf
    found = resize_plane(plane, size)
    wrong = ~np.isfinite(found)
    assert wrong[0, 0]
    assert wrong.sum() <= 4
    np.testing.assert_array_equal(found[~wrong], 1)


def test_the_same_bits_on_every_machine():
    plane = np.random.default_rng(5).integers(0, 2**30, (37, 23)) / 2**30
    found = [hashlib.sha256(resize_plane(plane, size).tobytes()) for size in ((64, 64), (11, 7), (50, 9))]
    assert [digest.hexdigest()[:16] for digest in found] == ["20aa88b288890ccd", "c6cfc4d9aecf46ef", "f203deaa12b4edf7"]
