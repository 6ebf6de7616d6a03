"""Means and maxima over whole axes."""

import numpy as np
import pytest

from cnnviz.ops.reductions import maximum, mean

x = np.random.default_rng(0).normal(0, 1, (2, 5, 6, 3))


@pytest.mark.parametrize("axes", [(1, 2), (3,), (1, 2, 3)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_they_equal_numpy(axes, keepdims):
    np.testing.assert_allclose(mean(x, axes, keepdims), x.mean(axis=axes, keepdims=keepdims), rtol=1e-13)
    np.testing.assert_array_equal(maximum(x, axes, keepdims), x.max(axis=axes, keepdims=keepdims))


def test_float32_is_summed_in_float64():
    thirds = np.full((1, 2000, 500, 1), 1 / 3, "float32")
    out = mean(thirds, (1, 2))
    assert out.dtype == "float32"
    assert out[0, 0] == np.float32(1 / 3)
