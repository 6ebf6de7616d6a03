"""ZeroPadding2D."""

import numpy as np
import pytest

from tests.helpers.examples import IMAGE, keeps_memory_order, run
from tests.helpers.strategies import borders

EXAMPLES = [
    ({}, [IMAGE]),
    ({"padding": [2, 0]}, [IMAGE]),
    ({"padding": [[1, 0], [0, 3]]}, [IMAGE]),
]
ARGUMENTS = {"padding": borders}


@pytest.mark.parametrize(
    ("padding", "sides"),
    [
        (1, ((1, 1), (1, 1))),
        ([2, 0], ((2, 2), (0, 0))),
        ([[1, 0], [0, 3]], ((1, 0), (0, 3))),
        ([1, [0, 2]], ((1, 1), (0, 2))),
    ],
)
def test_zeros_go_around(padding, sides):
    image = np.arange(1.0, 13.0).reshape(2, 3, 2)
    np.testing.assert_array_equal(run("ZeroPadding2D", {"padding": padding}, image), np.pad(image, (*sides, (0, 0))))


@pytest.mark.parametrize(("arguments", "shapes"), EXAMPLES)
def test_the_memory_order_is_kept(arguments, shapes):
    assert keeps_memory_order("ZeroPadding2D", arguments, shapes)
