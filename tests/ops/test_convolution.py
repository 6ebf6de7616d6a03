"""Every way of convolving, held to plain loops."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.ops.convolution import lines, patches
from cnnviz.ops.convolution.choice import WAYS
from cnnviz.ops.parallel import threads
from tests.helpers.convolutions import CHOSEN, cases, chosen, in_memory_order, plan, slow, way_of
from tests.helpers.reference import convolution
from tests.helpers.rows import each

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}


def check(way, x, kernel, bias, options):
    run = plan(kernel, bias, x.shape[1:], **options, way=way)
    expected = np.stack([convolution(item, kernel, bias, **options) for item in x])
    for _ in range(2):  # The second time with used scratch.
        out = run(x)
        assert out.dtype == x.dtype
        assert out.shape == expected.shape
        extent = max(float(np.abs(x).max() * np.abs(kernel).sum(axis=(0, 1, 2)).max()), 1e-300)
        assert np.abs(out - expected).max() <= TOLERANCE[str(x.dtype)] * extent


@each("way", WAYS)
@settings(max_examples=20)
@given(data=st.data())
def test_every_way_equals_the_loops(way, data):
    check(way, *data.draw(cases(way)))


EVERY_WAY = each("way", CHOSEN)


def test_there_is_a_convolution_for_every_way():
    assert {name.split()[-1] for name in CHOSEN} == set(WAYS)


@EVERY_WAY
@each("dtype", ["float64", "float32"])
def test_the_chosen_way_is_right_on_larger_pictures(way, dtype):
    x, kernel, options = chosen(way, dtype)
    out = plan(kernel, None, x.shape[1:], **options)(x)
    expected = slow(x.astype("float64"), kernel.astype("float64"), options)
    assert out.dtype == dtype
    assert np.abs(out - expected).max() <= TOLERANCE[dtype] * np.ptp(expected)


@each(
    ("strides", "dilation"), [((1, 1), (1, 4)), ((2, 2), (1, 1)), ((1, 3), (2, 2)), ((3, 2), (1, 3)), ((2, 4), (3, 1))]
)
@each("channels", [3, 100, 300])
@each("order", [(0, 1, 2, 3), (0, 1, 3, 2)])
def test_depthwise_steps_of_any_length(strides, dilation, channels, order):
    rng = np.random.default_rng(0)
    x = in_memory_order(rng.standard_normal((1, 11, 15, channels)), order)
    kernel, bias = rng.standard_normal((3, 4, 1, channels)), rng.standard_normal(channels)
    options = {"strides": strides, "dilation": dilation, "padding": (1, 2, 3, 0), "groups": channels}
    check("depthwise", x, kernel, bias, options)


@EVERY_WAY
def test_a_batch_equals_its_items(way):
    x, kernel, options = chosen(way, count=3)
    run = plan(kernel, None, x.shape[1:], **options)
    items = np.concatenate([run(item[None]) for item in x])
    np.testing.assert_allclose(run(x), items, rtol=0, atol=1e-12 * np.ptp(items))


@each(("channels", "filters"), [(2, 3), (6, 16), (24, 24)])
def test_a_batch_of_small_pictures_has_long_rows(channels, filters):
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((300, 9, 9, channels)), rng.standard_normal((3, 3, channels, filters))
    bias = rng.standard_normal(filters)
    out = plan(kernel, bias, (9, 9, channels))(x)
    assert out.strides[0] == out.itemsize
    np.testing.assert_allclose(out[7], convolution(x[7], kernel, bias), rtol=0, atol=1e-12)


@each(("channels", "filters", "size"), [(16, 32, 5), (5, 40, 1), (40, 5, 1), (30, 30, 3)])
def test_pictures_that_lie_innermost_stay_so(channels, filters, size):
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((70, 8, 8, channels)), rng.standard_normal((size, size, channels, filters))
    bias = rng.standard_normal(filters)
    run = plan(kernel, bias, (8, 8, channels))
    out = run(in_memory_order(x, (1, 3, 2, 0)))
    assert out.strides[0] == out.itemsize
    np.testing.assert_allclose(out, run(x), rtol=0, atol=1e-12 * np.ptp(out))
    np.testing.assert_allclose(out[7], convolution(x[7], kernel, bias), rtol=0, atol=1e-12 * np.ptp(out))


@each("most", [1, 30, 900])
@settings(max_examples=5)
@given(data=st.data())
def test_patches_are_the_same_in_blocks_of_any_size(most, data):
    with patch.object(patches, "BLOCK_BYTES", 1), patch.object(patches, "LEAST", most):
        check("patches", *data.draw(cases("patches")))


@each(("wide", "slab"), [(1, 1), (4, 3000), (90, 1000)])
@settings(max_examples=5)
@given(data=st.data())
def test_lines_are_the_same_in_regions_of_any_size(wide, slab, data):
    with patch.object(lines, "WIDE", wide), patch.object(lines, "SLAB_BYTES", slab):
        check("lines", *data.draw(cases("lines")))


@EVERY_WAY
def test_threads_change_no_bit(way):
    x, kernel, options = chosen(way, "float32")
    run = plan(kernel, None, x.shape[1:], **options)
    with threads(1):
        alone = run(x)
    for count in (2, 3):
        with threads(count):
            np.testing.assert_array_equal(run(x), alone)


@EVERY_WAY
def test_results_are_fresh_and_the_input_is_left_alone(way):
    x, kernel, options = chosen(way)
    before = x.copy()
    run = plan(kernel, None, x.shape[1:], **options)
    first = run(x)
    kept = first.copy()
    second = run(x + 1)
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, x)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(x, before)


@EVERY_WAY
def test_what_is_not_finite_stays_in_its_windows(way):
    x, kernel, options = chosen(way)
    run = plan(kernel, None, x.shape[1:], **options)
    clean = run(x)
    x[0, 20, 20, 1] = np.nan
    seen = slow(np.where(np.isfinite(x), 0.0, 1.0), np.ones_like(kernel), options) > 0.5
    for value in (np.nan, np.inf, -np.inf):
        x[0, 20, 20, 1] = value
        out = run(x)
        assert not np.isfinite(out[seen]).any()
        np.testing.assert_allclose(out[~seen], clean[~seen], rtol=0, atol=1e-12 * np.ptp(clean))


@EVERY_WAY
def test_a_kernel_that_is_not_finite_spoils_its_filter_alone(way):
    x, kernel, options = chosen(way)
    kernel[0, 0, 0, 1] = np.nan
    out = plan(kernel, None, x.shape[1:], **options)(x)
    assert np.isfinite(out[..., 0]).all()
    assert np.isnan(out[:, 1:, 1:, 1]).all()


@EVERY_WAY
def test_a_constant_picture_stays_constant(way):
    x, kernel, options = chosen(way)
    options["padding"] = (0, 0, 0, 0)
    x[...] = 200.3
    out = plan(kernel, None, x.shape[1:], **options, way=way.split()[-1])(x)
    assert np.ptp(out, axis=(0, 1, 2)).max() <= 1e-12 * np.abs(200.3 * kernel).sum(axis=(0, 1, 2)).max()


def test_strided_and_dilated_kernels_of_rank_one_and_large_ones_go_other_ways():
    large, constant = np.random.default_rng(0).standard_normal((16, 16, 3, 3)), np.ones((5, 5, 3, 3))
    for kernel in (large, constant):
        for change in ({"strides": (2, 2)}, {"dilation": (2, 2)}):
            assert way_of(kernel, (100, 100), **change) == "rows"
    huge = np.random.default_rng(0).standard_normal((30, 30, 3, 3))
    assert way_of(huge, (38, 38)) == "rows"  # hardly more output than one window


def test_a_gaussian_needs_a_plane_for_every_channel():
    column = np.array([1.0, 4, 6, 4, 1])
    kernel = np.multiply.outer(np.outer(column, column), np.array([[1.0, 2], [3, 4]]))
    assert way_of(kernel, (150, 151)) == "separable"
    x = np.random.default_rng(0).standard_normal((1, 150, 151, 2))
    x[0, 20, 20, 0] = np.nan
    options = {"padding": (0, 0, 0, 0), "groups": 1}
    out, expected = plan(kernel, None, (150, 151, 2))(x), slow(x, kernel, options)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12 * np.nanmax(np.abs(expected)))
    assert way_of(kernel[1:4, 1:4], (150, 151)) == "rows"
    assert way_of(np.zeros((5, 5, 2, 2)), (150, 151)) == "rows"


@each("filters", [2, 30])
def test_wide_pictures_are_cut(filters):
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((1, 9, 7000, 2)), rng.standard_normal((3, 3, 2, filters))
    options = {"padding": (1, 0, 2, 1), "groups": 1}
    out = plan(kernel, None, (9, 7000, 2), **options, way="rows")(x)
    np.testing.assert_allclose(out, slow(x, kernel, options), rtol=0, atol=1e-12)
