"""GlobalMaxPooling2D."""

import numpy as np

from tests.helpers.examples import IMAGE, run
from tests.helpers.strategies import flags

EXAMPLES = [({}, [IMAGE]), ({"keepdims": True}, [IMAGE])]
ARGUMENTS = {"keepdims": flags}


def test_the_largest_value_of_each_map():
    image = np.stack([np.arange(6.0).reshape(2, 3), -np.ones((2, 3))], axis=-1)
    assert run("GlobalMaxPooling2D", {}, image).tolist() == [5, -1]
    assert run("GlobalMaxPooling2D", {"keepdims": True}, image).tolist() == [[[5, -1]]]
