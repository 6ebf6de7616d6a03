"""GlobalAveragePooling2D."""

import numpy as np

from tests.helpers.examples import IMAGE, make, prepare, run
from tests.helpers.strategies import flags

EXAMPLES = [({}, [IMAGE]), ({"keepdims": True}, [IMAGE])]
ARGUMENTS = {"keepdims": flags}


def test_the_mean_of_each_map():
    image = np.stack([np.arange(6.0).reshape(2, 3), np.ones((2, 3))], axis=-1)
    assert run("GlobalAveragePooling2D", {}, image).tolist() == [2.5, 1]
    assert run("GlobalAveragePooling2D", {"keepdims": True}, image).tolist() == [[[2.5, 1]]]


def test_a_million_pixels_do_no_harm_in_float32():
    shape = (1000, 1000, 1)
    x = np.random.default_rng(0).uniform(0, 255, (1, *shape)).astype("float32")
    out = prepare(make("GlobalAveragePooling2D", {}), [shape], "float32")(x)
    assert out.dtype == "float32"
    np.testing.assert_allclose(out[0, 0], x.mean(dtype="float64"), rtol=1e-7)
