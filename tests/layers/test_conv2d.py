"""Conv2D."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from cnnviz.layers.conv2d import Conv2D
from tests.helpers.examples import IMAGE, make, random_inputs, random_weights, run
from tests.helpers.reference import convolution
from tests.helpers.strategies import convolution_arguments

EXAMPLES = [
    ({"filters": 2, "kernel_size": 3}, [IMAGE]),
    ({"filters": 4, "kernel_size": [2, 3], "strides": [2, 1], "padding": "same"}, [IMAGE]),
    ({"filters": 3, "kernel_size": 3, "dilation_rate": [2, 1], "groups": 3}, [IMAGE]),
    ({"filters": 2, "kernel_size": 3, "strides": 2, "dilation_rate": 2, "padding": [1, 0, 3, 2]}, [IMAGE]),
    ({"filters": 2, "kernel_size": 5, "padding": 2, "use_bias": False, "activation": "tanh"}, [IMAGE]),
]
ARGUMENTS = {"filters": st.integers(1, 4), "groups": st.sampled_from([1, 1, 2, 3]), **convolution_arguments}


def test_the_kernel_is_not_flipped():
    image = np.arange(9.0).reshape(3, 3, 1)
    out = run("Conv2D", {"filters": 1, "kernel_size": [1, 2]}, image, kernel=[1, 10], bias=0.5)
    assert out[0, :, 0].tolist() == [10.5, 21.5]


@pytest.mark.parametrize(
    ("padding", "sides"),
    [("valid", (0, 0, 0, 0)), ("same", (0, 1, 1, 1)), (2, (2, 2, 2, 2)), ([1, 0, 2, 3], (1, 0, 2, 3))],
)
def test_padding_goes_where_it_should(padding, sides):
    layer = make("Conv2D", {"filters": 2, "kernel_size": [2, 3], "padding": padding})
    weights = random_weights(layer, [(5, 6, 2)])
    (x,) = random_inputs([(5, 6, 2)], items=1)
    out = layer.prepare(weights, np.dtype("float64"), (5, 6, 2))(x)
    np.testing.assert_allclose(out[0], convolution(x[0], weights["kernel"], weights["bias"], padding=sides), atol=1e-12)


def test_formula_and_cost_have_the_numbers_put_in():
    layer = make("Conv2D", {"filters": 4, "kernel_size": [3, 5], "strides": 2, "dilation_rate": [2, 1]})
    assert layer.formula((20, 30, 3)) == (
        "(20 + 0 - (2 * (3 - 1) + 1)) // 2 + 1 = 8",
        "(30 + 0 - 5) // 2 + 1 = 13",
    )
    assert layer.macs((20, 30, 3)) == 8 * 13 * 4 * 3 * 5 * 3


def test_groups_must_divide_channels_and_filters():
    with pytest.raises(LayerError, match=r"`filters` \(=4\) must be divisible by `groups` \(=3\)"):
        make("Conv2D", {"filters": 4, "kernel_size": 1, "groups": 3})
    with pytest.raises(LayerError, match=r"the input's channels \(=3\) must be divisible by `groups` \(=2\)"):
        make("Conv2D", {"filters": 4, "kernel_size": 1, "groups": 2}).output_shape((5, 5, 3))


def test_a_kernel_larger_than_the_picture_is_refused():
    with pytest.raises(LayerError, match="a window of 6 does not fit into an input width of 5") as error:
        make("Conv2D", {"filters": 1, "kernel_size": [1, 6]}).output_shape((5, 5, 1))
    assert error.value.field == "kernel_size"


def test_a_vector_is_refused():
    with pytest.raises(LayerError, match="needs an input of height x width x channels, got 8; put it before Flatten"):
        make("Conv2D", {"filters": 1, "kernel_size": 1}).output_shape((8,))


def test_only_kernels_that_may_be_turned_count_five_times():
    shape, plain = (40, 40, 64), {"filters": 64, "kernel_size": 3}
    numbers = 3 * 3 * 64 * 64 + 64
    assert Conv2D(**plain).prepared(shape) == 5 * numbers
    for changed in ({"strides": 2}, {"strides": (1, 2)}, {"dilation_rate": 2}):
        assert Conv2D(**plain, **changed).prepared(shape) == numbers
        assert Conv2D(**plain, **changed).workspace(shape) == 0
    assert Conv2D(**plain, strides=(40, 1)).prepared(shape) == 5 * numbers
