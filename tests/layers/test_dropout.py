"""Dropout."""

import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run

EXAMPLES = [({"rate": 0.5}, [IMAGE]), ({"rate": 0}, [VECTOR])]
ARGUMENTS = {"rate": st.sampled_from([0, 0.5, 1])}
IN_TRAINING = "random"


def test_everything_is_passed_on():
    assert run("Dropout", {"rate": 0.9}, [1, -2, 3]).tolist() == [1, -2, 3]


def test_the_rate_is_a_share():
    with pytest.raises(LayerError, match=r"`rate` \(=1.5\) must be between 0 and 1"):
        make("Dropout", {"rate": 1.5})
