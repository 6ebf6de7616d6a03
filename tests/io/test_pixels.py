from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.io.images import DecodedImage, read_image
from cnnviz.io.pixels import center_crop, fitted_size, to_pixels
from cnnviz.io.png import pixels_sha256
from cnnviz.io.resizing import resize_levels
from tests.helpers.pictures import SAMPLES
from tests.helpers.rows import each

LEVELS = hnp.arrays(
    st.sampled_from([np.uint8, np.uint16]),
    st.one_of(
        hnp.array_shapes(min_dims=2, max_dims=2), hnp.array_shapes(min_dims=2, max_dims=2).map(lambda s: (*s, 3))
    ),
)


def picture(levels: np.ndarray) -> DecodedImage:
    return DecodedImage(levels, False, "")


@given(LEVELS, st.sampled_from(["rgb", "bgr", "gray"]))
def test_numbers_and_colours(levels, color):
    found = to_pixels(picture(levels), color)
    numbers = levels / 257.0 if levels.dtype == np.uint16 else levels.astype(float)
    if color == "gray":
        expected = numbers
        if levels.ndim == 3:
            red, green, blue = np.moveaxis(numbers, 2, 0)
            expected = 0.299 * red + 0.587 * green + 0.114 * blue
        expected = expected[..., None]
    else:
        expected = numbers if levels.ndim == 3 else np.repeat(numbers[..., None], 3, axis=2)
        if color == "bgr":
            expected = expected[..., ::-1]
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float64
    assert found.flags.writeable


def test_the_layout_is_rows_of_planes():
    found = to_pixels(picture(np.zeros((4, 5, 3), np.uint8)), "rgb")
    assert found.transpose(0, 2, 1).flags.c_contiguous


def test_gray_over_several_bands_equals_one_expression():
    levels = np.random.default_rng(0).integers(0, 256, (300, 451, 3), np.uint8)
    red, green, blue = np.moveaxis(levels.astype(float), 2, 0)
    expected = 0.299 * red + 0.587 * green + 0.114 * blue
    np.testing.assert_array_equal(to_pixels(picture(levels), "gray")[..., 0], expected)


@each("size", [(20, 30), (10, 15), (7, 30), (20, 31), (10, 31), (64, 64)])
@each("channels", [1, 3])
def test_all_channels_are_resized_alike(size, channels):
    levels = np.random.default_rng(1).integers(0, 256, (20, 30, channels), np.uint8).squeeze()
    planes = levels.reshape(20, 30, -1)
    found = to_pixels(picture(levels), "rgb", size)
    for channel in range(3):
        np.testing.assert_array_equal(found[..., channel], resize_levels(planes[..., channel % channels], size))


def test_resizes_before_it_turns_to_gray():
    levels = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    small = resize_levels(levels, (8, 9))
    np.testing.assert_array_equal(to_pixels(picture(levels), "gray", (8, 9)), to_pixels(picture(small), "gray"))


def test_a_flat_picture_stays_flat():
    for kind in (np.uint8, np.uint16):
        for size in ((7, 5), (31, 47), (5, 90)):
            found = to_pixels(picture(np.full((20, 30, 3), 201, kind)), "rgb", size)
            assert np.unique(found).size == 1


@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(1, 9000))
def test_max_side_keeps_proportions_and_only_shrinks(height, width, side):
    found = fitted_size((height, width), None, side)
    if max(height, width) <= side:
        assert found == (height, width)
    else:
        assert max(found) == side
        assert min(found) >= 1
        assert abs(found[0] - height * side / max(height, width)) <= max(0.5, 1 - height * side / max(height, width))
    assert fitted_size((height, width), (3, 4), side) == (3, 4)
    assert fitted_size((height, width)) == (height, width)


def test_arrays_have_no_colour_step():
    array = np.random.default_rng(3).normal(size=(6, 8, 200))
    source = DecodedImage(array, True, "")
    for color in ("rgb", "bgr", "gray"):
        np.testing.assert_array_equal(to_pixels(source, color), array)
    found = to_pixels(source, "rgb", (3, 4))
    assert found.shape == (3, 4, 200)
    np.testing.assert_allclose(found, array.reshape(3, 2, 4, 2, 200).mean((1, 3)), rtol=1e-12, atol=1e-12)


def test_flat_arrays_get_a_channel_and_any_kind_becomes_float64():
    for kind in (bool, np.int8, np.uint64, np.float16):
        array = np.eye(4, dtype=kind)
        found = to_pixels(DecodedImage(array, True, ""), "gray")
        assert found.shape == (4, 4, 1)
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found[..., 0], np.eye(4))


@each(
    ("name", "color", "size", "sha256"),
    [
        ("astronaut.png", "bgr", (575, 607), "e1a08fca5ba55768"),
        ("chelsea.png", "gray", None, "3511a0cee1b07600"),
        ("coffee_q90.jpg", "rgb", (224, 224), "1c53bc93113c8c9b"),
        ("digit.png", "gray", (32, 32), "e4f6b498fa8ced80"),
    ],
)
def test_the_same_numbers_on_every_machine(name, color, size, sha256):
    pixels = to_pixels(read_image(SAMPLES / name), color, size)
    assert pixels_sha256(pixels)[:16] == sha256


@each(
    ("own", "size", "rows", "columns"),
    [
        ((10, 20), None, (0, 10), (5, 15)),
        ((20, 11), None, (4, 15), (0, 11)),
        ((10, 20), (4, 4), (0, 10), (5, 15)),
        ((10, 20), (1, 3), (2, 8), (0, 20)),
        ((10, 20), (5, 10), (0, 10), (0, 20)),
        ((1, 50), (9, 1), (0, 1), (24, 25)),
        ((7, 5), (224, 224), (1, 6), (0, 5)),
    ],
)
def test_the_middle_is_cut_out_in_the_proportions_of_the_size(own, size, rows, columns):
    levels = np.arange(own[0] * own[1]).reshape(own).astype(np.uint16)
    found = center_crop(picture(levels), size)
    np.testing.assert_array_equal(found.pixels, levels[slice(*rows), slice(*columns)])
