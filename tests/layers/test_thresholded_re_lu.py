"""ThresholdedReLU."""

import math

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, VECTOR, run

EXAMPLES = [({}, [IMAGE]), ({"theta": 0}, [IMAGE]), ({"theta": -0.5}, [VECTOR])]
ARGUMENTS = {"theta": st.sampled_from([-0.5, 0, 1])}


@pytest.mark.parametrize(
    ("theta", "expected"),
    [(1, [0, 0, 0, 0, 0, 5]), (0, [0, 0, 0, 0, 1, 5]), (-1, [0, 0, -0.5, 0, 1, 5]), (-7, [-5, -1, -0.5, 0, 1, 5])],
)
def test_what_is_larger_is_passed_on(theta, expected):
    assert run("ThresholdedReLU", {"theta": theta}, [-5, -1, -0.5, 0, 1, 5]).tolist() == expected


def test_the_ends_of_the_numbers():
    out = run("ThresholdedReLU", {"theta": -2}, [-math.inf, math.inf, math.nan])
    np.testing.assert_array_equal(out, [0, math.inf, math.nan])
