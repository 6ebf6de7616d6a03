"""LocalResponseNormalization."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, prepare, run

EXAMPLES = [
    ({"size": 3, "alpha": 0.5}, [IMAGE]),
    ({"size": 2, "alpha": 1, "beta": 0.5, "bias": 2}, [(4, 3, 6)]),
    ({"size": 9, "alpha": 2, "beta": 1}, [IMAGE]),
    ({"size": 4, "alpha": 0.3}, [VECTOR]),
]
ARGUMENTS = {
    "size": st.integers(1, 6),
    "alpha": st.sampled_from([1e-4, 0.5, 2]),
    "beta": st.sampled_from([0.5, 0.75, 1]),
    "bias": st.sampled_from([1, 0.5]),
}


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
def test_the_formula_of_onnx_channel_by_channel(size):
    x = np.random.default_rng(0).normal(0, 2, (2, 3, 6))
    expected = np.empty_like(x)
    for c in range(6):
        around = x[..., max(0, c - (size - 1) // 2) : c + size // 2 + 1]
        expected[..., c] = x[..., c] / (1.5 + 0.7 / size * (around**2).sum(axis=-1)) ** 0.6
    fields = {"size": size, "alpha": 0.7, "beta": 0.6, "bias": 1.5}
    np.testing.assert_allclose(run("LocalResponseNormalization", fields, x), expected, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("beta", [0.25, 0.5, 0.75])
def test_squares_neither_overflow_nor_vanish(dtype, beta):
    x = np.random.default_rng(0).normal(size=(1, 2, 3, 6)).astype(dtype)
    power = np.finfo(dtype).maxexp - 4
    layer = make("LocalResponseNormalization", {"size": 3, "alpha": 0.7, "beta": beta, "bias": 0})
    forward = prepare(layer, [x.shape[1:]], dtype)
    for shift in (power, -power):  # without a bias, the output grows with a power of the input
        expected = forward(x).astype("float64") * 2.0 ** (shift * (1 - 2 * beta))
        np.testing.assert_allclose(forward(np.ldexp(x, shift)), expected, rtol=1e-4 if dtype == "float32" else 1e-11)
    largest = np.full((1, 2), np.finfo(dtype).max, dtype)
    with_bias = make("LocalResponseNormalization", {"size": 1, "alpha": 1, "beta": 0.5})
    np.testing.assert_allclose(prepare(with_bias, [(2,)], dtype)(largest), 1, rtol=1e-6)
    assert not prepare(with_bias, [(2,)], dtype)(0 * largest).any()


def test_without_alpha_only_the_bias_divides():
    out = run("LocalResponseNormalization", {"size": 3, "alpha": 0, "beta": 1, "bias": 4}, [8, np.inf, np.nan])
    np.testing.assert_array_equal(out, [2, np.inf, np.nan])


def test_numbers_are_checked():
    for field in ("alpha", "beta", "bias"):
        with pytest.raises(LayerError, match=f"`{field}` must be finite"):
            make("LocalResponseNormalization", {"size": 3, field: np.inf})
