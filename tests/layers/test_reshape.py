"""Reshape."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run

EXAMPLES = [
    ({"target_shape": [-1]}, [IMAGE]),
    ({"target_shape": [3, -1, 2]}, [IMAGE]),
    ({"target_shape": [2, 3, 2]}, [VECTOR]),
]
ARGUMENTS = {"target_shape": st.sampled_from([[-1], [1, -1, 1], [-1, 1, 1], [1, 1, -1], [2, -1, 1], [-1, 3, 2]])}


def test_values_keep_their_order():
    image = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(run("Reshape", {"target_shape": [4, -1, 2]}, image), image.reshape(4, 3, 2))
    assert run("Reshape", {"target_shape": [-1]}, image).tolist() == list(range(24))


@pytest.mark.parametrize(
    ("target", "message"), [([2, 3], "one axis, or three"), ([-1, -1, 2], "-1 at most once"), ([0], "at least 1")]
)
def test_targets_are_checked(target, message):
    with pytest.raises(LayerError, match=message) as error:
        make("Reshape", {"target_shape": target})
    assert error.value.field == "target_shape"


@pytest.mark.parametrize("target", [[5], [2, -1, 5]])
def test_the_number_of_values_must_fit(target):
    with pytest.raises(LayerError, match="does not hold the 24 values of an input of 2x3x4"):
        make("Reshape", {"target_shape": target}).output_shape((2, 3, 4))
