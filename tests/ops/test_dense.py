"""The fully connected product."""

import numpy as np

from cnnviz.ops import dense
from cnnviz.ops.dense import outputs_at, plan_dense
from cnnviz.ops.parallel import threads
from tests.helpers.rows import each


@each("shape", [(7, 3), (2100, 500), (3, 4000), (11_000, 1)])
def test_it_is_the_matrix_product(shape, monkeypatch):
    if shape != (2100, 500):  # which is large as it is
        monkeypatch.setattr(dense, "LARGE", 1 << 12)
        monkeypatch.setattr(dense, "BLOCK_BYTES", 1 << 13)
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal(shape, "float32")
    x = rng.standard_normal((3, shape[0]))
    product = x @ kernel.astype("float64")
    for bias in (None, rng.standard_normal(shape[1], "float32")):
        multiply = plan_dense(kernel, bias, np.dtype("float64"))
        for items in (1, 3):
            expected = product[:items] + (0 if bias is None else bias)
            np.testing.assert_allclose(multiply(x[:items]), expected, rtol=0, atol=1e-11)


@each("dtype", ["float32", "float64"])
def test_threads_change_no_bit(dtype):
    rng = np.random.default_rng(0)
    kernel = rng.normal(0, 1, (4096, 300)).astype("float32")
    multiply = plan_dense(kernel, None, np.dtype(dtype))
    x = rng.normal(0, 1, (2, 4096)).astype(dtype)
    results = []
    for count in (1, 2, 5):
        with threads(count):
            results.append(multiply(x))
    assert results[0].dtype == dtype
    assert results[0].tobytes() == results[1].tobytes() == results[2].tobytes()


def test_single_outputs_in_double_precision():
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((3, 50)).astype(np.float32), rng.standard_normal((50, 7)).astype(np.float32)
    items, units = rng.integers(0, 3, 20), rng.integers(0, 7, 20)
    expected = (x.astype(np.float64) @ kernel.astype(np.float64))[items, units]
    np.testing.assert_allclose(outputs_at(kernel, x, (items, units)), expected, rtol=1e-12)
