"""The fully connected product."""

import numpy as np

from cnnviz.ops.dense import plan_dense
from cnnviz.ops.parallel import threads
from tests.helpers.rows import each


@each("shape", [(7, 3), (2100, 500), (3, 400_000), (1_100_000, 1)])
@each("items", [1, 3])
@each("use_bias", [False, True])
def test_it_is_the_matrix_product(shape, items, use_bias):
    rng = np.random.default_rng(0)
    kernel = rng.normal(0, 1, shape).astype("float32")
    bias = rng.normal(0, 1, shape[1]).astype("float32") if use_bias else None
    x = rng.normal(0, 1, (items, shape[0]))
    out = plan_dense(kernel, bias, np.dtype("float64"))(x)
    expected = np.matmul(x, kernel.astype("float64")) + (0 if bias is None else bias)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-11)


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
