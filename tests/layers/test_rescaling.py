"""Rescaling."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run

EXAMPLES = [
    ({"scale": 0.5}, [IMAGE]),
    ({"scale": [0.25, -2, 1], "offset": [0.5, 0, -1.5]}, [IMAGE]),
    ({"scale": 2, "offset": -1}, [VECTOR]),
    ({"scale": [3], "offset": list(range(12))}, [VECTOR]),
]
ARGUMENTS = {"scale": st.sampled_from([0, 1, -0.5, 1 / 255, [2]]), "offset": st.sampled_from([0, -1, 0.25, [3]])}


def test_scale_and_offset_are_one_number_or_one_per_channel():
    image = [[[1.0, 2.0]], [[3.0, 4.0]]]
    assert run("Rescaling", {"scale": 2, "offset": 1}, image).tolist() == [[[3, 5]], [[7, 9]]]
    assert run("Rescaling", {"scale": [2, -1], "offset": [0, 10]}, image).tolist() == [[[2, 8]], [[6, 6]]]
    assert run("Rescaling", {"scale": 1, "offset": [0, 10]}, image).tolist() == [[[1, 12]], [[3, 14]]]
    assert run("Rescaling", {"scale": [2, 3]}, [1, 1]).tolist() == [2, 3]


@pytest.mark.parametrize("field", ["scale", "offset"])
def test_a_list_must_fit_the_channels(field):
    layer = make("Rescaling", {"scale": 1, field: [1, 2, 3]})
    with pytest.raises(LayerError, match=f"`{field}` has 3 numbers, but the input has 2 channels") as error:
        layer.output_shape((4, 4, 2))
    assert error.value.field == field
    with pytest.raises(LayerError, match="has 3 numbers, but the input has 4 units"):
        layer.output_shape((4,))


@pytest.mark.parametrize("value", [np.inf, np.nan, [1, -np.inf]])
def test_numbers_must_be_finite(value):
    with pytest.raises(LayerError, match="`offset` must be finite"):
        make("Rescaling", {"scale": 1, "offset": value})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_ends_of_the_numbers(dtype):
    largest = np.finfo(dtype).max
    layer = make("Rescaling", {"scale": 0.5, "offset": 1})
    x = np.array([[largest, -largest, np.inf, -np.inf, np.nan, 0, -0.0]], dtype)
    out = layer.prepare({}, np.dtype(dtype), x.shape[1:])(x)
    np.testing.assert_array_equal(out, [[largest / 2, -largest / 2, np.inf, -np.inf, np.nan, 1, 1]])
