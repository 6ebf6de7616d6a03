"""GELU."""

import math

import pytest
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, VECTOR, run

EXAMPLES = [({}, [IMAGE]), ({"approximate": "tanh"}, [IMAGE]), ({"approximate": "none"}, [VECTOR])]
ARGUMENTS = {"approximate": st.sampled_from(["none", "tanh"])}


def test_exactly_or_nearly():
    exact = [x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in (-1, 0, 2)]
    near = [x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2 for x in (-1, 0, 2)]
    assert run("GELU", {}, [-1, 0, 2]).tolist() == pytest.approx(exact, rel=1e-14)
    assert run("GELU", {"approximate": "tanh"}, [-1, 0, 2]).tolist() == pytest.approx(near, rel=1e-14)
