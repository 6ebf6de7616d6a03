"""GlobalMaxPooling2D."""

import numpy as np
from examples import make, run


def test_the_largest_value_of_each_map():
    image = np.stack([np.arange(6.0).reshape(2, 3), -np.ones((2, 3))], axis=-1)
    assert run("GlobalMaxPooling2D", {}, image).tolist() == [5, -1]
    assert run("GlobalMaxPooling2D", {"keepdims": True}, image).tolist() == [[[5, -1]]]


def test_it_sees_everything():
    assert make("GlobalMaxPooling2D", {}).window((4, 5, 3)) is None
