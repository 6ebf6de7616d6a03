from __future__ import annotations

import numpy as np
import pytest

from cnnviz.render.page.histogram import BINS, histogram
from cnnviz.render.statistics import measure


def test_counts_are_numpys() -> None:
    array = np.random.default_rng(0).standard_normal((50, 40, 3))
    found = histogram(array, measure(array))
    assert found is not None
    counts, _ = np.histogram(array, BINS, (array.min(), array.max()))
    np.testing.assert_array_equal(found.counts, counts)
    assert found.total == array.size


def test_zeros_are_counted_apart_and_what_is_not_finite_is_left_out() -> None:
    array = np.maximum(np.random.default_rng(0).standard_normal((20, 20, 2)), 0)
    array[0, 0], array[1, 1, 0] = np.nan, -np.inf
    found = histogram(array, measure(array))
    assert found is not None
    assert sum(found.counts) == found.total == array.size - 3
    assert found.zeros == np.count_nonzero(array == 0)


@pytest.mark.parametrize("array", [np.zeros((3, 3, 1)), np.full(5, 2.5), np.full((2, 2, 1), np.nan)])
def test_one_value_has_no_histogram(array: np.ndarray) -> None:
    assert histogram(array, measure(array)) is None
