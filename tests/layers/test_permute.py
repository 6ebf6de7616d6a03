"""Permute."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run

EXAMPLES = [({"dims": [2, 1, 3]}, [IMAGE]), ({"dims": [1, 2, 3]}, [IMAGE]), ({"dims": [1]}, [VECTOR])]
ARGUMENTS = {"dims": st.permutations([1, 2, 3])}


def test_axes_are_counted_from_one():
    image = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(run("Permute", {"dims": [3, 1, 2]}, image), image.transpose(2, 0, 1))


@pytest.mark.parametrize("dims", [[0, 1, 2], [1, 1, 2], [1, 3], []])
def test_every_axis_is_named_once(dims):
    with pytest.raises(LayerError, match="must name every axis once, counted from 1"):
        make("Permute", {"dims": dims})


def test_the_input_has_as_many_axes():
    with pytest.raises(LayerError, match=r"`dims` \(=\[1\]\) must have 3 axes for an input of 2x3x4"):
        make("Permute", {"dims": [1]}).output_shape((2, 3, 4))
