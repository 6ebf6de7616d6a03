"""How well a network does on examples."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.layers.base import Array
from cnnviz.stack.network import Network
from cnnviz.training.losses import Labels, Loss
from cnnviz.training.progress import Score, Tally

_TOGETHER = 200
"""Examples that go through the network at a time."""


def evaluate(network: Network, pixels: Array, labels: Labels, loss: Callable[[Array, Labels], Loss]) -> Score:
    """Measure a network, as it is outside training.

    Args:
        network: Ends in what the loss takes.
        pixels: `(N, H, W, C)`.
        labels: `(N,)`.
        loss: The loss.
    """
    tally = Tally()
    for start in range(0, len(labels), _TOGETHER):
        part = slice(start, start + _TOGETHER)
        for _, tensor in network.iterate(pixels[part]):
            output = tensor
        found = loss(output, labels[part])
        tally.add(found.value, found.correct, len(output))
    return tally.score()
