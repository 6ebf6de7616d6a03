"""ReduceMax."""

import numpy as np
import pytest

from tests.helpers.examples import IMAGE, VECTOR, make, run
from tests.helpers.strategies import image_axes

EXAMPLES = [
    ({"axes": 3}, [IMAGE]),
    ({"axes": [1, -1]}, [IMAGE]),
    ({"axes": [3, 1], "keepdims": False}, [IMAGE]),
    ({"axes": 1}, [VECTOR]),
]
ARGUMENTS = {"axes": image_axes}


@pytest.mark.parametrize("axes", [1, 2, 3, -1, [1, 2], [3, 1], [1, 2, 3]])
def test_the_largest_along_axes(axes):
    image = np.random.default_rng(0).normal(size=(4, 5, 3))
    along = tuple(axis - 1 if axis > 0 else axis for axis in ([axes] if isinstance(axes, int) else axes))
    np.testing.assert_array_equal(run("ReduceMax", {"axes": axes}, image), image.max(along, keepdims=True))


def test_of_the_largest_that_are_equal_the_first_one_gets_the_gradient():
    shape = (2, 2, 3)
    train = make("ReduceMax", {"axes": [2, 3]}).prepare_training(np.dtype("float64"), shape)
    step = train({}, np.random.default_rng(0), np.ones((1, *shape)))
    (by,) = step.backward(np.array([3.0, 5.0]).reshape(1, 2, 1, 1)).inputs
    assert by[0, :, 0, 0].tolist() == [3, 5]
    assert by.sum() == 8


def test_what_is_not_a_number_is_the_largest():
    assert np.isnan(run("ReduceMax", {"axes": 1}, [1, np.nan, np.inf])).all()
