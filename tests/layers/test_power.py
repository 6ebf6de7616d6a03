"""Power."""

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, VECTOR, run

EXAMPLES = [({}, [IMAGE]), ({"exponent": 3}, [VECTOR])]
ARGUMENTS = {"exponent": st.sampled_from([1, 2, 3])}


def test_values_are_raised():
    assert run("Power", {"exponent": 0.5}, [4, 0, 2.25]).tolist() == [2, 0, 1.5]
    assert run("Power", {"exponent": -1}, [4, -2]).tolist() == [0.25, -0.5]


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        (2, [np.inf, 0, 0, np.inf, np.nan]),
        (3, [-np.inf, 0, 0, np.inf, np.nan]),
        (0.5, [np.nan, 0, 0, np.inf, np.nan]),
        (-1, [0, -np.inf, np.inf, 0, np.nan]),
        (-2, [0, np.inf, np.inf, 0, np.nan]),
    ],
)
def test_the_ends_of_the_numbers(exponent, expected):
    with np.errstate(all="ignore"):
        out = run("Power", {"exponent": exponent}, [-np.inf, -0.0, 0.0, np.inf, np.nan])
    np.testing.assert_array_equal(out, expected)


def test_what_has_no_such_power_is_no_number():
    with np.errstate(all="ignore"):
        assert np.isnan(run("Power", {"exponent": 0.5}, [-1])[0])
