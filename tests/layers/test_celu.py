"""CELU."""

import math

import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run

EXAMPLES = [({}, [IMAGE]), ({"alpha": 0.5}, [VECTOR])]
ARGUMENTS = {"alpha": st.sampled_from([0.3, 1, 2])}


def test_the_formula_of_the_paper():
    out = run("CELU", {"alpha": 0.5}, [-1, 0, 2])
    assert out.tolist() == pytest.approx([0.5 * (math.exp(-2) - 1), 0, 2], rel=1e-15)


def test_small_values_keep_their_digits_and_large_ones_their_size():
    assert run("CELU", {"alpha": 3}, [-1e-12, -math.inf, math.inf]).tolist() == pytest.approx([-1e-12, -3, math.inf])


@pytest.mark.parametrize("alpha", [0, -1, math.nan, math.inf])
def test_alpha_is_positive(alpha):
    with pytest.raises(LayerError, match="`alpha` must be larger than 0"):
        make("CELU", {"alpha": alpha})
