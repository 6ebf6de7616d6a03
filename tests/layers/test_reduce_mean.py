"""ReduceMean."""

import numpy as np
import pytest

from cnnviz.errors import LayerError
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
def test_means_along_axes(axes):
    image = np.random.default_rng(0).normal(size=(4, 5, 3))
    along = tuple(axis - 1 if axis > 0 else axis for axis in ([axes] if isinstance(axes, int) else axes))
    np.testing.assert_allclose(run("ReduceMean", {"axes": axes}, image), image.mean(along, keepdims=True), rtol=1e-13)


def test_a_vector_comes_out_where_one_axis_is_left():
    image = np.arange(24.0).reshape(2, 3, 4)
    out = run("ReduceMean", {"axes": [1, 3], "keepdims": False}, image)
    assert out.tolist() == image.mean((0, 2)).tolist()
    with pytest.raises(LayerError, match="keepdims"):
        make("ReduceMean", {"axes": 3, "keepdims": False}).output_shape(image.shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_mean_of_the_largest_numbers_does_not_overflow(dtype):
    largest, shape = np.finfo(dtype).max, (2, 3, 4)
    with np.errstate(all="ignore"):
        out = make("ReduceMean", {"axes": 3}).prepare({}, np.dtype(dtype), shape)(np.full((1, *shape), largest, dtype))
    np.testing.assert_allclose(out, np.full((1, 2, 3, 1), largest), rtol=1e-6)
