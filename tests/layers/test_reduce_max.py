"""ReduceMax."""

import numpy as np
import pytest

from tests.helpers.examples import IMAGE, VECTOR, run
from tests.helpers.strategies import image_axes

EXAMPLES = [
    ({"axes": 3}, [IMAGE]),
    ({"axes": [1, -1]}, [IMAGE]),
    ({"axes": [3, 1], "keepdims": False}, [IMAGE]),
    ({"axes": 1}, [VECTOR]),
]
ARGUMENTS = {"axes": image_axes}
KERAS = False


@pytest.mark.parametrize("axes", [1, 2, 3, -1, [1, 2], [3, 1], [1, 2, 3]])
def test_the_largest_along_axes(axes):
    image = np.random.default_rng(0).normal(size=(4, 5, 3))
    along = tuple(axis - 1 if axis > 0 else axis for axis in ([axes] if isinstance(axes, int) else axes))
    np.testing.assert_array_equal(run("ReduceMax", {"axes": axes}, image), image.max(along, keepdims=True))
