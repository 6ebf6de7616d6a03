"""Transposed convolution."""

from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.ops import transposed
from cnnviz.ops.convolution import points
from cnnviz.ops.parallel import threads
from cnnviz.ops.sliding import Sliding, Window
from cnnviz.ops.transposed import TransposedPointSums, plan_transposed_convolution

small = st.integers(1, 4)
pairs = st.tuples(small, small)


def stamp(x, kernel, bias, output_shape, strides, dilation, crop):
    """Add the kernel to the output once for every input pixel."""
    out = np.zeros((*output_shape, kernel.shape[2])) + (0 if bias is None else bias)
    for y, z in np.ndindex(x.shape[:2]):
        for i, j in np.ndindex(kernel.shape[:2]):
            row, column = (
                place * step + tap * gap - cut
                for place, step, tap, gap, cut in zip((y, z), strides, (i, j), dilation, crop, strict=True)
            )
            if 0 <= row < output_shape[0] and 0 <= column < output_shape[1]:
                out[row, column] += kernel[i, j] @ x[y, z]
    return out


@given(
    image=pairs,
    size=pairs,
    strides=pairs,
    dilation=pairs,
    channels=pairs,
    crop=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    output=st.tuples(st.integers(1, 16), st.integers(1, 16)),
    use_bias=st.booleans(),
)
def test_it_equals_stamping(image, size, strides, dilation, channels, crop, output, use_bias):
    rng = np.random.default_rng(0)
    kernel = rng.normal(0, 1, (*size, channels[1], channels[0]))
    bias = rng.normal(0, 1, channels[1]) if use_bias else None
    x = rng.normal(0, 1, (2, *image, channels[0]))
    windows = []
    for sides in zip(output, size, strides, dilation, crop, image, strict=True):
        window = Window(*sides[:5])
        after = (sides[5] - 1) * window.stride + window.extent - window.before - window.input
        windows.append(window._replace(after=after).transposed())
    out = plan_transposed_convolution(kernel, bias, Sliding(*windows))(x)
    assert out.shape == (2, *output, channels[1])
    for item in range(2):
        expected = stamp(x[item], kernel, bias, output, strides, dilation, crop)
        np.testing.assert_allclose(out[item], expected, atol=1e-12)
    loud = np.stack([stamp(abs(item), abs(kernel), None, output, strides, dilation, crop) for item in x])
    places = tuple(rng.integers(0, length, 20) for length in loud.shape)
    sums = TransposedPointSums(kernel, Sliding(*windows))
    np.testing.assert_allclose(sums(x, places), loud[places], atol=1e-12)
    np.testing.assert_allclose(
        sums.values(x, places),
        np.stack([stamp(item, kernel, None, output, strides, dilation, crop) for item in x])[places],
        atol=1e-12,
    )
    with patch.object(points, "_LONG", 0):  # however short the sums are
        limits = sums.limits(x)
    assert limits
    assert (limits.at(places) >= loud[places]).all()
    assert limits.most >= loud.max()


@given(
    image=st.tuples(small, st.sampled_from([1, 3, 66])),
    strides=st.tuples(st.integers(1, 3), st.integers(2, 3)),
    channels=small,
    use_bias=st.booleans(),
    order=st.sampled_from([(0, 1, 2, 3), (0, 1, 3, 2), (0, 3, 1, 2)]),
    block=st.sampled_from([1, 1 << 19]),
)
@settings(max_examples=40)
def test_pixels_become_squares_of_many_numbers(image, strides, channels, use_bias, order, block):
    rng = np.random.default_rng(0)
    kernel = rng.normal(0, 1, (*strides, 17, channels))
    bias = rng.normal(0, 1, 17) if use_bias else None
    x = rng.normal(0, 1, (2, *image, channels))
    x[0, 0, 0, 0] = np.nan
    output = tuple(step * length for step, length in zip(strides, image, strict=True))
    sliding = Sliding.over((*output, 17), strides, strides).transposed()
    with patch.object(transposed, "BLOCK_BYTES", block), patch.object(transposed, "HAND_OUT", 0):
        run = plan_transposed_convolution(kernel, bias, sliding)
    laid = np.ascontiguousarray(x.transpose(order)).transpose(np.argsort(order))
    with threads(1):
        out = run(laid)
    with threads(2):
        np.testing.assert_array_equal(run(laid), out)
    for item in range(2):
        expected = stamp(x[item], kernel, bias, output, strides, (1, 1), (0, 0))
        np.testing.assert_allclose(out[item], expected, atol=1e-12)
