"""ZeroPadding2D."""

from fractions import Fraction

import numpy as np
import pytest
from examples import make, run


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


def test_the_window_starts_in_the_frame():
    assert make("ZeroPadding2D", {"padding": [[3, 0], [2, 1]]}).window((9, 9, 1)).start == (Fraction(-3), Fraction(-2))
