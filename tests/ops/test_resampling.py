"""Maps made larger."""

import numpy as np

from cnnviz.ops.resampling import pad_zeros, upsample_bilinear, upsample_nearest
from tests.helpers.rows import each


def bilinear(x, rows, columns):
    """Interpolate one `(H, W)` map, pixel by pixel: half-pixel centres, the edge goes on."""
    height, width = x.shape
    out = np.zeros((height * rows, width * columns))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            y = min(max((i + 0.5) / rows - 0.5, 0), height - 1)
            z = min(max((j + 0.5) / columns - 0.5, 0), width - 1)
            top, left = min(int(y), height - 1), min(int(z), width - 1)
            bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
            upper = x[top, left] * (1 - z + left) + x[top, right] * (z - left)
            lower = x[bottom, left] * (1 - z + left) + x[bottom, right] * (z - left)
            out[i, j] = upper * (1 - y + top) + lower * (y - top)
    return out


@each("size", [(1, 1), (2, 1), (1, 3), (2, 2), (3, 4), (5, 2)])
@each("shape", [(1, 1), (1, 4), (5, 1), (4, 6)])
def test_lines_are_drawn_between_centres(size, shape):
    x = np.random.default_rng(0).normal(0, 1, (2, *shape, 3))
    out = upsample_bilinear(x, size)
    for item in range(2):
        for channel in range(3):
            np.testing.assert_allclose(out[item, ..., channel], bilinear(x[item, ..., channel], *size), atol=1e-15)


@each("size", [(1, 1), (2, 1), (3, 4)])
def test_pixels_are_repeated(size):
    x = np.random.default_rng(0).normal(0, 1, (2, 4, 5, 3))
    np.testing.assert_array_equal(upsample_nearest(x, size), x.repeat(size[0], 1).repeat(size[1], 2))


@each("padding", [(0, 0, 0, 0), (1, 2, 3, 4), (0, 3, 0, 1)])
def test_zeros_are_put_around(padding):
    x = np.random.default_rng(0).normal(0, 1, (2, 4, 5, 3))
    top, bottom, left, right = padding
    np.testing.assert_array_equal(pad_zeros(x, padding), np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0))))
