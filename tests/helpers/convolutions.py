"""Convolutions to try: drawn ones, and one for every way that is chosen by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.choice import choose
from cnnviz.ops.convolution.problem import Problem
from cnnviz.ops.sliding import Sliding


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
