"""DepthwiseConv2D."""

import numpy as np
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, make, run
from tests.helpers.strategies import convolution_arguments

EXAMPLES = [
    ({"kernel_size": 3}, [IMAGE]),
    ({"kernel_size": [2, 3], "strides": 2, "padding": "same", "depth_multiplier": 2}, [IMAGE]),
    ({"kernel_size": 2, "padding": 1, "dilation_rate": 2, "activation": "elu"}, [IMAGE]),
]
ARGUMENTS = {"depth_multiplier": st.integers(1, 3), **convolution_arguments}


def test_channels_are_not_mixed_and_each_has_its_filters_in_a_row():
    image = np.array([[[1.0, 10.0]]])
    out = run(
        "DepthwiseConv2D", {"kernel_size": 1, "depth_multiplier": 2}, image, kernel=[[1, 2], [3, 4]], bias=[0, 0, 0, 1]
    )
    assert out.tolist() == [[[1, 2, 30, 41]]]


def test_weights_and_cost():
    layer = make("DepthwiseConv2D", {"kernel_size": [2, 3], "depth_multiplier": 2})
    specs = layer.weight_specs((5, 6, 4))
    assert {name: spec.shape for name, spec in specs.items()} == {"kernel": (2, 3, 4, 2), "bias": (8,)}
    assert specs["kernel"].initializer is layer.depthwise_initializer
    assert layer.macs((5, 6, 4)) == 4 * 4 * 8 * 2 * 3
