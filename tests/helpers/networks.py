"""Small networks of every kind, for what must hold of whole networks."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnviz
from cnnviz.stack.network import Network
from cnnviz.stack.weights import StackWeights
from tests.helpers.examples import all_examples


def example_networks(dtype: str = "float32") -> dict[str, Network]:
    """Make a network of each example that reads one input, by the example's name; its layer is called `it`."""
    made = {}
    for kind, arguments, shapes, name in all_examples():
        if len(shapes) == 1:
            layers: list[dict[str, Any]] = [{"type": kind, "name": "it", **arguments}]
            shape = shapes[0]
            if len(shape) == 1:
                layers, shape = [{"type": "Flatten", "name": "vector"}, *layers], (2, 2, shape[0] // 4)
            made[name] = with_random_weights(cnnviz.load_stack({"layers": layers}).build(shape, dtype=dtype))
    return made


def with_random_weights(network: Network) -> Network:
    """Return the network with other weights, none of them trivial."""
    rng = np.random.default_rng(0)
    weights = {
        layer: {
            name: rng.uniform(0.2 if "variance" in name else -1, 1, array.shape).astype(np.float32)
            for name, array in own.items()
        }
        for layer, own in network.weights.items()
    }
    given = StackWeights(weights, dict.fromkeys(weights, "file"))
    return Network(network.stack, network.input_shape, network.nodes, given, network.dtype.name, 1)
