"""The fully connected product."""

import numpy as np
import pytest

from cnnviz.ops.dense import dense


@pytest.mark.parametrize("shape", [(1, 7), (3, 7), (2, 4, 5, 7)])
@pytest.mark.parametrize("use_bias", [False, True])
def test_it_is_the_matrix_product(shape, use_bias):
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(0, 1, shape), rng.normal(0, 1, (7, 3))
    bias = rng.normal(0, 1, 3) if use_bias else None
    expected = np.einsum("...i,io->...o", x, kernel) + (0 if bias is None else bias)
    np.testing.assert_allclose(dense(x, kernel, bias), expected, atol=1e-13)
