"""ReLU."""

import pytest
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, VECTOR, run
from tests.helpers.strategies import slopes

EXAMPLES = [
    ({}, [IMAGE]),
    ({"max_value": 0.5, "negative_slope": 0.1, "threshold": 0.2}, [IMAGE]),
    ({"max_value": 6}, [VECTOR]),
]
ARGUMENTS = {
    "max_value": st.sampled_from([None, 0.5, 6]),
    "negative_slope": slopes,
    "threshold": st.sampled_from([0, 0, 0.3]),
}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [0, 0, 0, 5, 10]),
        ({"negative_slope": 0.5}, [-5, -2.5, 0, 5, 10]),
        ({"max_value": 5}, [0, 0, 0, 5, 5]),
        ({"threshold": 5}, [0, 0, 0, 0, 10]),
        ({"max_value": 8, "negative_slope": 0.5, "threshold": 2}, [-6, -3.5, -1, 5, 8]),
    ],
)
def test_the_examples_of_keras(arguments, expected):
    assert run("ReLU", arguments, [-10, -5, 0, 5, 10]).tolist() == expected
