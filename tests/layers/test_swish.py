"""Swish."""

import math

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, VECTOR, run

EXAMPLES = [({}, [IMAGE]), ({"beta": 1.702}, [IMAGE]), ({"beta": -0.5}, [VECTOR])]
ARGUMENTS = {"beta": st.sampled_from([-0.5, 0, 1, 1.702])}


@pytest.mark.parametrize("beta", [-2, 0, 1e-4, 1, 1.702, 30])
def test_the_value_times_a_sigmoid(beta):
    x = np.array([-1e4, -20.0, -1, -1e-9, 0, 0.5, 3, 40, 1e4])
    expected = [v / (1 + math.exp(-beta * v)) if -beta * v < 700 else 0 for v in x.tolist()]
    np.testing.assert_allclose(run("Swish", {"beta": beta}, x), expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize(("beta", "expected"), [(2, [0, math.inf]), (-2, [-math.inf, 0]), (0, [-math.inf, math.inf])])
def test_the_ends_of_the_numbers(beta, expected):
    assert run("Swish", {"beta": beta}, [-math.inf, math.inf]).tolist() == expected
    assert np.isnan(run("Swish", {"beta": beta}, [math.nan]))
