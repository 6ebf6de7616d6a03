"""Cropping2D."""

import numpy as np
import pytest

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, make, run
from tests.helpers.strategies import borders

EXAMPLES = [
    ({"cropping": 1}, [IMAGE]),
    ({"cropping": [2, 0]}, [IMAGE]),
    ({"cropping": [[0, 3], [2, 1]]}, [IMAGE]),
]
ARGUMENTS = {"cropping": borders}


@pytest.mark.parametrize(
    ("cropping", "rows", "columns"),
    [(0, (0, 4), (0, 5)), (1, (1, 3), (1, 4)), ([1, 0], (1, 3), (0, 5)), ([[0, 3], [2, 1]], (0, 1), (2, 4))],
)
def test_edges_are_cut(cropping, rows, columns):
    image = np.arange(40.0).reshape(4, 5, 2)
    out = run("Cropping2D", {"cropping": cropping}, image)
    np.testing.assert_array_equal(out, image[slice(*rows), slice(*columns)])


def test_something_must_be_left():
    with pytest.raises(LayerError, match="takes 4 rows and 2 columns, which leaves nothing of an input of 4x5x1"):
        make("Cropping2D", {"cropping": [2, 1]}).output_shape((4, 5, 1))
