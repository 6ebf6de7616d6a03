"""Minimum."""

import numpy as np

from tests.helpers.examples import IMAGE, run

EXAMPLES = [({}, [IMAGE, IMAGE, IMAGE]), ({}, [IMAGE, (7, 6, 1)])]
ARGUMENTS = {}


def test_the_smallest_is_kept():
    assert run("Minimum", {}, [1, 5, 3], [4, 2, 3], [2, 9, -9]).tolist() == [1, 2, -9]


def test_the_ends_of_the_numbers():
    out = run("Minimum", {}, [np.inf, -np.inf, np.nan, 0], [1, 2, 3, -0.0])
    np.testing.assert_array_equal(out, [1, -np.inf, np.nan, 0])
