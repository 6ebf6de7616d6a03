"""SeparableConv2D."""

import numpy as np
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, make, run
from tests.helpers.strategies import convolution_arguments

EXAMPLES = [
    ({"filters": 4, "kernel_size": 3}, [IMAGE]),
    ({"filters": 2, "kernel_size": [3, 2], "strides": 2, "padding": "same", "depth_multiplier": 2}, [IMAGE]),
    ({"filters": 2, "kernel_size": 3, "padding": [1, 0, 0, 2], "activation": "relu"}, [IMAGE]),
]
ARGUMENTS = {"filters": st.integers(1, 4), "depth_multiplier": st.integers(1, 2), **convolution_arguments}


def test_channels_by_themselves_then_mixed():
    image = np.array([[[1.0, 10.0], [2.0, 20.0]]])
    out = run(
        "SeparableConv2D",
        {"filters": 1, "kernel_size": [1, 2]},
        image,
        depthwise_kernel=[1, 1, 1, -1],
        pointwise_kernel=[1, 2],
        bias=[0.5],
    )
    assert out.tolist() == [[[3 + 2 * (10 - 20) + 0.5]]]


def test_weights_and_cost():
    layer = make("SeparableConv2D", {"filters": 5, "kernel_size": [2, 3], "depth_multiplier": 2})
    specs = layer.weight_specs((5, 6, 4))
    assert {name: spec.shape for name, spec in specs.items()} == {
        "depthwise_kernel": (2, 3, 4, 2),
        "pointwise_kernel": (1, 1, 8, 5),
        "bias": (5,),
    }
    assert layer.macs((5, 6, 4)) == 4 * 4 * (8 * 2 * 3 + 8 * 5)
