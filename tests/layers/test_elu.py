"""ELU."""

import math

import pytest
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, VECTOR, run

EXAMPLES = [({}, [IMAGE]), ({"alpha": 0.5}, [VECTOR])]
ARGUMENTS = {"alpha": st.sampled_from([0.3, 1, 2])}


def test_the_formula_of_the_paper():
    out = run("ELU", {"alpha": 0.5}, [-1, 0, 2])
    assert out.tolist() == pytest.approx([0.5 * (math.exp(-1) - 1), 0, 2], rel=1e-15)


def test_small_values_keep_their_digits():
    assert run("ELU", {}, [-1e-12])[0] == pytest.approx(-1e-12, rel=1e-11)
