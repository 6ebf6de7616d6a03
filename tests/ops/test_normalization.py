"""Normalisation."""

import numpy as np

from cnnviz.ops.normalization import normalize, scale_and_shift


def test_slices_get_mean_zero_and_variance_one():
    x = np.random.default_rng(0).normal(7, 3, (2, 5, 6, 4))
    out = normalize(x, (1, 3), 0.0)
    np.testing.assert_allclose(out.mean(axis=(1, 3)), 0, atol=1e-13)
    np.testing.assert_allclose(out.var(axis=(1, 3)), 1, rtol=1e-12)


def test_epsilon_keeps_a_constant_slice_at_zero():
    assert (normalize(np.full((1, 3, 3, 2), 0.1), (1, 2), 1e-3) == 0).all()


def test_float32_stays_float32():
    x = np.arange(12, dtype="float32").reshape(1, 2, 2, 3)
    assert normalize(x, (3,), 1e-3).dtype == "float32"
    assert scale_and_shift(np.float32([1, 2, 3]), np.float32([2]), None)(x).dtype == "float32"
