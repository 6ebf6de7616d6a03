"""Maps as vectors, in every order of memory."""

from __future__ import annotations

import numpy as np

from cnnviz.ops.flattening import flatten
from tests.helpers.rows import each


@each("order", [(0, 1, 2, 3), (0, 3, 1, 2), (1, 3, 2, 0), (3, 2, 1, 0)])
@each("count", [1, 5])
def test_values_come_row_by_row_in_every_order_of_memory(order, count):
    x = np.random.default_rng(0).standard_normal((count, 3, 4, 2))
    there = np.ascontiguousarray(x.transpose(order)).transpose(np.argsort(order))
    np.testing.assert_array_equal(flatten(there), x.reshape(count, -1))


def test_vectors_are_handed_on():
    x = np.ones((3, 4))
    assert np.shares_memory(flatten(x), x)
