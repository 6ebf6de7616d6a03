"""What a value of a network depends on: as the network says, and as it turns out when pixels change."""

from __future__ import annotations

import numpy as np

from cnnviz.stack.graph import leading_to
from cnnviz.stack.reach import reach


def reach_of(network, name, place):
    """Follow a value of a network back to the picture."""
    return reach(leading_to(network.nodes, name), place, network.input_shape)


def what_changes(network, name, place, seed=0):
    """Return the pixels that change a value when they do, each by itself."""
    rng = np.random.default_rng(seed)
    height, width, _ = network.input_shape
    plain = rng.uniform(0, 1, network.input_shape)
    many = np.repeat(plain[None], height * width, axis=0)
    np.einsum("iic->ic", many.reshape(height * width, height * width, -1))[:] += rng.uniform(0.4, 1, plain.shape[2])
    before, after = network.forward(plain)[name], network.forward(many)[name]
    changes = abs(after[:, *place] - before[place])
    return (changes > 1e-12 * max(abs(before).max(), abs(after).max())).reshape(height, width)
