"""The complementary error function."""

import math

import numpy as np

from cnnviz.ops.erfc import erfc


def test_it_equals_the_c_library_everywhere():
    z = np.concatenate([np.linspace(0, 6, 5001), np.linspace(6, 26, 1001)])
    expected = np.array([math.erfc(value) for value in z])
    out = erfc(z)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-15)
    np.testing.assert_allclose(out, expected, rtol=1e-13)


def test_float32_stays_float32_and_as_exact_as_it_can_be():
    z = np.linspace(0, 9, 1001, dtype="float32")
    out = erfc(z)
    assert out.dtype == "float32"
    np.testing.assert_allclose(out, [math.erfc(value) for value in z], rtol=0, atol=5e-7)


def test_nothing_is_left_far_out():
    assert erfc(np.array([30.0])).tolist() == [0]
