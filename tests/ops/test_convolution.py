"""Every way of convolving, held to plain loops."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnviz.ops.convolution import lines, patches, plan_convolution, winograd
from cnnviz.ops.convolution.choice import WAYS, choose
from cnnviz.ops.convolution.problem import Problem
from cnnviz.ops.parallel import threads
from cnnviz.ops.sliding import Sliding
from tests.helpers.reference import convolution
from tests.helpers.rows import each

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}


def in_memory_order(x, order):
    """Give the same tensor with another order in memory, or as a view with gaps."""
    if order == "gaps":
        wide = np.zeros((*x.shape[:3], 2 * x.shape[3]), x.dtype)
        wide[..., ::2] = x
        return wide[..., ::2]
    back = np.argsort(order)
    return np.ascontiguousarray(x.transpose(order)).transpose(back)


ORDERS = st.sampled_from([(0, 1, 2, 3), (0, 1, 3, 2), (0, 3, 1, 2), (1, 3, 2, 0), "gaps"])


def rank_one_kernel(draw, rng, shape):
    """Draw a column times a row times a matrix of channels, each of which may be all the same."""
    height, width, channels, filters = shape
    column = rng.integers(-9, 9, height) if draw(st.booleans()) else np.ones(height)
    row = rng.integers(-9, 9, width) if draw(st.booleans()) else np.ones(width)
    mix = draw(st.sampled_from(["free", "rank one", "constant"]))
    if mix == "free":
        matrix = rng.integers(-9, 9, (channels, filters))
    elif mix == "rank one":
        matrix = np.outer(rng.integers(-9, 9, channels), rng.integers(1, 9, filters))
    else:
        matrix = np.full((channels, filters), 0.25)
    kernel = np.multiply.outer(np.outer(column, row), matrix)
    # Factors are looked for only if the first filter has some.
    assume(np.any(kernel[..., 0, 0]))
    return kernel


@st.composite
def cases(draw, way):
    """Draw a convolution, its input and its settings."""
    seed = draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    size = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    strides = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = draw(st.one_of(st.just((0, 0, 0, 0)), st.tuples(*[st.integers(0, 4)] * 4)))
    groups, share = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    filters = groups * draw(st.integers(1, 5))
    if way == "pointwise":
        size, padding = (1, 1), (0, 0, 0, 0)
    if way == "winograd":
        size, strides, dilation = (3, 3), (1, 1), (1, 1)
    if way == "lines":
        dilation = (1, dilation[1])
    if way == "depthwise":
        groups, share = groups * share, 1
        filters = groups * draw(st.integers(1, 3))
    least = [d * (k - 1) + 1 for d, k in zip(dilation, size, strict=True)]
    image = [
        max(draw(st.integers(1, 14)), least[0] - padding[0] - padding[1]),
        max(draw(st.integers(1, 14)), least[1] - padding[2] - padding[3]),
    ]
    dtype = draw(st.sampled_from(["float64", "float32"]))
    kernel = rng.standard_normal((*size, share, filters)).astype(dtype)
    if way == "separable":
        groups, filters = 1, filters // groups
        kernel = rank_one_kernel(draw, rng, (*size, share, filters)).astype(dtype)
    bias = draw(st.sampled_from([None, rng.standard_normal(filters).astype(dtype)]))
    x = rng.standard_normal((draw(st.integers(1, 3)), *image, groups * share)).astype(dtype)
    options = {"strides": strides, "dilation": dilation, "padding": padding, "groups": groups}
    return in_memory_order(x, draw(ORDERS)), kernel, bias, options


def plan(kernel, bias, image, groups=1, way=None, **options):
    """Prepare a convolution for inputs of a shape."""
    return plan_convolution(kernel, bias, Sliding.over(image, kernel.shape, **options), groups, _way=way)


def way_of(kernel, image, groups=1, **options):
    """Return the way that is chosen for inputs of a shape."""
    return choose(Problem(kernel, None, Sliding.over(image, kernel.shape, **options), groups)).name


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


# A convolution for every way that `choose` takes by itself, the last word of its name: input, kernel, options.
CHOSEN = {
    "rows": ((90, 101, 3), (3, 3, 3, 4), {}),
    "lines": ((50, 150, 32), (3, 3, 32, 8), {}),
    "patches": ((40, 41, 32), (3, 3, 32, 8), {}),
    "pointwise": ((60, 61, 40), (1, 1, 40, 24), {"padding": (0, 0, 0, 0)}),
    "large pointwise": ((30, 31, 120), (1, 1, 120, 100), {"padding": (0, 0, 0, 0)}),
    "shared patches": ((21, 22, 28), (3, 3, 28, 70), {}),
    "grouped patches": ((40, 41, 32), (3, 3, 8, 40), {"groups": 4}),
    "depthwise": ((60, 61, 20), (3, 3, 1, 40), {"groups": 20}),
    "wide depthwise": ((30, 31, 200), (3, 3, 1, 200), {"groups": 200}),
    "separable": ((70, 81, 3), (12, 12, 3, 3), {}),
    "fourier": ((120, 131, 3), (16, 15, 3, 3), {}),
    "winograd": ((57, 58, 64), (3, 3, 64, 96), {}),
    "small": ((30, 29, 3), (3, 3, 3, 4), {}),
}


def chosen(way, dtype="float64", count=1):
    """Give the input, the kernel and the settings of a convolution that goes a certain way."""
    shape, kernel_shape, options = CHOSEN[way]
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal(kernel_shape) if way != "separable" else np.full(kernel_shape, 0.12)
    options = {"padding": (1, 1, 1, 1), "groups": 1, **options}
    assert way_of(kernel, shape, **options) == way.split()[-1]
    return rng.standard_normal((count, *shape)).astype(dtype), kernel.astype(dtype), options


def slow(x, kernel, options):
    """Convolve by adding shifted pictures: plain, but fast enough for these sizes."""
    top, bottom, left, right = options["padding"]
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    height, width, share, filters = kernel.shape
    rows, columns = x.shape[1] - height + 1, x.shape[2] - width + 1
    out = np.zeros((len(x), rows, columns, filters))
    for g in range(options["groups"]):
        mine = slice(g * filters // options["groups"], (g + 1) * filters // options["groups"])
        for i in range(height):
            for j in range(width):
                shifted = x[:, i : i + rows, j : j + columns, g * share : (g + 1) * share]
                out[..., mine] += shifted @ kernel[i, j, :, mine]
    return out


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


def test_winograd_gives_the_same_in_blocks(monkeypatch):
    x, kernel, options = chosen("winograd")
    whole = plan(kernel, None, x.shape[1:], **options)(x)
    monkeypatch.setattr(winograd, "TILES", 26)
    monkeypatch.setattr(winograd, "WIDE", 7)
    monkeypatch.setattr(winograd, "TURNED", 560)
    with threads(2):
        blocks = plan(kernel, None, x.shape[1:], **options)(x)
    np.testing.assert_allclose(blocks, whole, rtol=0, atol=1e-12 * np.ptp(whole))


def test_winograd_keeps_the_digits_of_what_is_small(monkeypatch):
    x, kernel, options = chosen("winograd", count=2)
    for tiles in (winograd.TILES, 26):
        monkeypatch.setattr(winograd, "TILES", tiles)
        for quiet in ((slice(20, 24), slice(30, 35)), (slice(20, 24), slice(0, 30)), (slice(20, 57), slice(0, 58))):
            picture = x.copy()
            picture[(1, *quiet)] *= 1e-9
            out = plan(kernel, None, x.shape[1:], **options)(picture)
            expected, sums = slow(picture, kernel, options), slow(abs(picture), abs(kernel), options)
            assert (abs(out - expected) <= 2.0**-19 * abs(expected) + 1e-14 * sums).all()


@each("dtype", ["float32", "float64"])
def test_winograd_leaves_silence_around_what_is_loud(dtype):
    x, kernel, options = chosen("winograd", dtype, count=2)
    x[0, :, :11] = x[0, 30:, 20:] = 0
    x[1, :, :, 1:] = x[1, 9:] = 0  # but for one channel
    for padding in ((1, 1, 1, 1), (4, 0, 1, 5)):
        for bias in (None, np.linspace(-0.5, 0.5, 96, dtype=dtype)):
            out = plan(kernel, bias, x.shape[1:], padding=padding, groups=1)(x)
            heard = slow((x != 0).any(axis=3, keepdims=True), np.ones((3, 3, 1, 1)), {**options, "padding": padding})
            silent = out[heard[..., 0] == 0]
            assert len(silent) > 1000
            np.testing.assert_array_equal(silent, np.broadcast_to(0 if bias is None else bias, silent.shape))


def largest(x, kernel, padding):
    """Give the largest magnitude that each output sees: `(N, rows, columns, 1)`."""
    sizes = np.pad(abs(x).max(axis=3), ((0, 0), padding[:2], padding[2:]))
    windows = np.lib.stride_tricks.sliding_window_view(sizes, kernel.shape[:2], axis=(1, 2))
    return windows.max(axis=(3, 4))[..., None]


@settings(max_examples=40)
@given(data=st.data())
def test_winograd_keeps_the_digits_of_what_is_dark_beside_what_is_bright(data):
    x, kernel, bias, options = data.draw(cases("winograd"))
    x, options["groups"] = x[..., : kernel.shape[2]].copy(), 1
    for _ in range(data.draw(st.integers(1, 3))):
        item, top, left = (data.draw(st.integers(0, length - 1)) for length in x.shape[:3])
        x[item, top : top + data.draw(st.integers(1, 9)), left : left + data.draw(st.integers(1, 9))] *= x.dtype.type(
            data.draw(st.sampled_from([0, 1e-3, 1e-6, 1e-30]))
        )
    out = plan(kernel, None, x.shape[1:], **options, way="winograd")(x)
    expected = np.stack([convolution(item.astype("f8"), kernel.astype("f8"), None, **options) for item in x])
    seen = largest(x.astype("f8"), kernel, options["padding"]) * abs(kernel.astype("f8")).sum(axis=(0, 1, 2))
    # A number of the tile may be 256 times as large as the largest of the window.
    near, far = {"float64": (2.0**-19, 1e-14), "float32": (0, 256 * 2e-6)}[str(x.dtype)]
    tiny = kernel.size * float(np.finfo(x.dtype).smallest_subnormal)
    assert (abs(out - expected) <= near * abs(expected) + far * seen + tiny).all()
    shifted = plan(kernel, bias, x.shape[1:], **options, way="winograd")(x)
    silent = (seen == 0).any(axis=3)
    assert (shifted[silent] == (0 if bias is None else bias)).all()
    assert not out[silent].any()


def test_pictures_that_are_black_for_the_most_part_are_not_worked_out_anew(monkeypatch):
    x, kernel, options = chosen("winograd", count=2)
    x[0, 20:] = x[1, :, :40] = 0
    run = plan(kernel, None, x.shape[1:], **options)
    monkeypatch.setattr(winograd.direct, "prepare", None)
    out, expected = run(x), slow(x, kernel, options)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12 * np.ptp(expected))


def test_winograd_leaves_pictures_beside_one_that_is_not_finite_alone():
    x, kernel, options = chosen("winograd", "float32", count=3)
    run = plan(kernel, None, x.shape[1:], **options)
    clean = run(x)
    x[1, 56, 57, 63] = np.inf  # the last pixel of the last tile
    out = run(x)
    np.testing.assert_array_equal(out[::2], clean[::2])
    assert not np.isfinite(out[1, 55:, 56:]).any()
    assert np.isfinite(out[1, :55]).all()


def test_winograd_makes_numbers_near_the_largest_that_its_sums_would_exceed():
    x, kernel, options = chosen("winograd", "float32")
    run, large = plan(kernel * np.float32(2.0**-9), None, x.shape[1:], **options), np.float32(2.0**124)
    with np.errstate(over="ignore", invalid="ignore"):
        out = run(x * large)
    expected = slow(x.astype("f8"), kernel.astype("f8"), options) * 2.0**115
    assert np.abs(out - expected).max() <= 1e-5 * np.ptp(expected)
