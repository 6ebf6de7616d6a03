"""The kernel that is drawn of a layer."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import load_stack
from cnnviz.workflows.drawing.style import kernel_to_draw


@pytest.mark.parametrize(
    ("layer", "axes"),
    [
        ({"type": "Conv2D", "filters": 5, "kernel_size": [2, 4]}, (0, 1, 2, 3)),
        # Keras keeps a transposed convolution's filters before its input channels.
        ({"type": "Conv2DTranspose", "filters": 5, "kernel_size": [2, 4]}, (0, 1, 3, 2)),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_kernel_is_drawn_with_input_channels_and_filters_last(layer, axes):
    network = load_stack({"layers": [{**layer, "name": "conv"}]}).build((8, 9, 3))
    node = network.nodes[0]
    drawn = kernel_to_draw(node, network.weights["conv"])
    np.testing.assert_array_equal(drawn, network.weights["conv"]["kernel"].transpose(axes))
    assert drawn.shape == (2, 4, 3, 5)


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        ({"type": "DepthwiseConv2D", "kernel_size": [2, 4]}, "kernel"),
        ({"type": "SeparableConv2D", "kernel_size": [2, 4], "filters": 7}, "depthwise_kernel"),
    ],
    ids=["depthwise", "separable"],
)
def test_where_channels_are_not_mixed_each_map_has_a_kernel(layer, name):
    network = load_stack({"layers": [{**layer, "depth_multiplier": 5, "name": "conv"}]}).build((8, 9, 3))
    weights = network.weights["conv"]
    drawn = kernel_to_draw(network.nodes[0], weights)
    assert drawn.shape == (2, 4, 1, 15)
    for channel in range(3):
        for multiple in range(5):
            np.testing.assert_array_equal(
                drawn[:, :, 0, 5 * channel + multiple], weights[name][:, :, channel, multiple]
            )
