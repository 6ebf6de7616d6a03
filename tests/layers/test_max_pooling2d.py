"""MaxPooling2D."""

from tests.helpers.examples import IMAGE, make, run
from tests.helpers.strategies import pooling_arguments

EXAMPLES = [
    ({}, [IMAGE]),
    ({"pool_size": [3, 2], "strides": [1, 3]}, [IMAGE]),
    ({"pool_size": 4, "strides": 3, "padding": "same"}, [IMAGE]),
    ({"pool_size": [2, 3], "strides": 2, "padding": [1, 0, 2, 1], "ceil_mode": True}, [IMAGE]),
    ({"pool_size": 3, "strides": [2, 1], "padding": 1, "dilation_rate": 2}, [IMAGE]),
]
ARGUMENTS = pooling_arguments


def test_the_largest_value_of_each_window():
    image = [[[1], [2], [3]], [[6], [5], [4]]]
    assert run("MaxPooling2D", {}, image).tolist() == [[[6]]]
    assert run("MaxPooling2D", {"pool_size": [1, 2], "strides": 1}, image).tolist() == [[[2], [3]], [[6], [5]]]


def test_padding_never_wins():
    image = [[[-3], [-2], [-1]]]
    assert run("MaxPooling2D", {"pool_size": [1, 2], "padding": "same"}, image).tolist() == [[[-2], [-1]]]


def test_strides_default_to_the_size():
    assert make("MaxPooling2D", {"pool_size": [3, 2]}).formula((10, 10, 1)) == (
        "(10 + 0 - 3) // 3 + 1 = 3",
        "(10 + 0 - 2) // 2 + 1 = 5",
    )
