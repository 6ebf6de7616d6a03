"""Clip."""

import math

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run

EXAMPLES = [
    ({"min": -0.5, "max": 0.7}, [IMAGE]),
    ({"min": -0.5}, [IMAGE]),
    ({"max": 0}, [VECTOR]),
    ({"min": 0, "max": 6}, [IMAGE]),
    ({}, [VECTOR]),
]
ARGUMENTS = {"min": st.sampled_from([None, -1, 0]), "max": st.sampled_from([None, 0.5, 1])}


def test_what_is_beyond_becomes_the_limit():
    values = [-math.inf, -3, 0.5, 8, math.inf, math.nan]
    for fields, expected in (
        ({"min": -1, "max": 2}, [-1, -1, 0.5, 2, 2, math.nan]),
        ({"min": 1}, [1, 1, 1, 8, math.inf, math.nan]),
        ({"max": -2}, [-math.inf, -3, -2, -2, -2, math.nan]),
        ({}, values),
    ):
        np.testing.assert_array_equal(run("Clip", fields, values), expected)


def test_limits_are_in_order():
    assert run("Clip", {"min": 2, "max": 2}, [1, 3]).tolist() == [2, 2]
    with pytest.raises(LayerError, match=r"`min` \(=3\) must not be larger than `max` \(=2\)"):
        make("Clip", {"min": 3, "max": 2})
    with pytest.raises(LayerError, match="`max` must be a number"):
        make("Clip", {"max": math.nan})
