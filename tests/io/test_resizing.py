from __future__ import annotations

import hashlib
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.io.resizing import resize_levels, resize_plane

sides = st.integers(1, 60)
short = st.integers(1, 9)


def shares(own: int, length: int, shrinks: bool) -> list[dict[int, Fraction]]:
    """What each new pixel takes of which old ones: of all that it covers, or of the two whose centres are nearest."""
    found = []
    for place in range(length):
        if shrinks:
            start, end = Fraction(place * own, length), Fraction((place + 1) * own, length)
            covered = {old: min(end, old + 1) - max(start, old) for old in range(own)}
            found.append({old: part / (end - start) for old, part in covered.items() if part > 0})
        else:
            centre = min(
                max(Fraction((2 * place + 1) * own, 2 * length) - Fraction(1, 2), Fraction(0)), Fraction(own - 1)
            )
            first, beyond = divmod(centre, 1)
            found.append({first: 1 - beyond, min(first + 1, own - 1): beyond} if beyond else {first: Fraction(1)})
    return found


def exactly(levels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize one pixel after the other in fractions, halves up."""
    shrinks = size[0] <= levels.shape[0] and size[1] <= levels.shape[1]
    rows, columns = (shares(own, length, shrinks) for own, length in zip(levels.shape, size, strict=True))
    out = np.empty(size, levels.dtype)
    for y, x in np.ndindex(size):
        terms = [down * across * int(levels[i, j]) for i, down in rows[y].items() for j, across in columns[x].items()]
        out[y, x] = (sum(terms) + Fraction(1, 2)) // 1
    return out


@given(short, short, short, short, st.sampled_from([np.uint8, np.uint16]), st.integers(0, 9))
@settings(max_examples=25)
def test_pictures_are_resized_as_fractions_are(height, width, new_height, new_width, kind, seed):
    levels = np.random.default_rng(seed).integers(0, np.iinfo(kind).max, (height, width), kind, endpoint=True)
    size = (new_height, new_width)
    found = resize_levels(levels, size)
    assert found.dtype == kind
    np.testing.assert_array_equal(found, exactly(levels, size))


@given(
    sides,
    sides,
    sides,
    sides,
    st.sampled_from([(np.uint8, 201), (np.uint8, 255), (np.uint16, 65535), (np.uint16, 1001)]),
)
def test_a_flat_picture_stays_flat(height, width, new_height, new_width, what):
    kind, level = what
    found = resize_levels(np.full((height, width, 3), level, kind), (new_height, new_width))
    np.testing.assert_array_equal(found, np.full((new_height, new_width, 3), level))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_mean_of_millions_of_pixels(kind):
    most = np.iinfo(kind).max
    levels = np.full((2904, 2904), most, kind)  # 2^31 / 255 pixels and some
    assert resize_levels(levels, (1, 1)) == most
    levels[:, ::2] = 0
    assert resize_levels(levels, (1, 1)) == (most + 1) // 2


@given(
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), short, short, st.floats(allow_nan=False, allow_infinity=False)
)
def test_a_flat_plane_of_any_number_stays_flat(shape, new_height, new_width, number):
    found = resize_plane(np.full(shape, number), (new_height, new_width))
    np.testing.assert_array_equal(found, np.full((new_height, new_width), number))


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
    assert [digest.hexdigest()[:16] for digest in found] == ["20aa88b288890ccd", "c6cfc4d9aecf46ef", "a89cc984a05255a4"]
