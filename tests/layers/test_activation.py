"""Activation as a layer."""

from tests.helpers.examples import IMAGE, VECTOR, run
from tests.helpers.strategies import activation_names

EXAMPLES = [
    ({"activation": "relu"}, [IMAGE]),
    ({"activation": "softmax"}, [VECTOR]),
    ({"activation": "log_softmax"}, [IMAGE]),
]
ARGUMENTS = {"activation": activation_names}


def test_the_named_function_is_applied():
    assert run("Activation", {"activation": "relu"}, [-1, 0, 2]).tolist() == [0, 0, 2]


def test_none_passes_everything_on():
    assert run("Activation", {"activation": None}, [-1, 0, 2]).tolist() == [-1, 0, 2]
