"""HardSigmoid."""

import math

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, VECTOR, run

EXAMPLES = [({}, [IMAGE]), ({"alpha": 0.5, "beta": 0.25}, [VECTOR]), ({"alpha": -0.2}, [IMAGE])]
ARGUMENTS = {"alpha": st.sampled_from([0.2, 0.5, -0.2]), "beta": st.sampled_from([0.5, 0, -0.25])}


def test_a_line_is_cut_off_at_zero_and_one():
    assert run("HardSigmoid", {}, [-9, -2.5, 0, 1, 2.5, 9]).tolist() == pytest.approx([0, 0, 0.5, 0.7, 1, 1])
    assert run("HardSigmoid", {"alpha": -1, "beta": 0}, [-9, -0.25, 3]).tolist() == [1, 0.25, 0]


def test_the_ends_of_the_numbers():
    largest = np.finfo("float64").max
    out = run("HardSigmoid", {"alpha": 4}, [-math.inf, -largest, largest, math.inf, math.nan])
    np.testing.assert_array_equal(out, [0, 0, 1, 1, math.nan])
