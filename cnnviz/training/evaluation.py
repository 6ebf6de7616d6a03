"""How well a network does on examples."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.layers.base import Array
from cnnviz.stack.network import Network
from cnnviz.training.losses import Labels, Loss
from cnnviz.training.progress import Score, Tally


def evaluate(
    network: Network,
    pixels: Array,
    labels: Labels,
    loss: Callable[[Array, Labels], Loss],
    batch_size: int = 200,
    see: Callable[[Array, Labels], None] | None = None,
) -> Score:
    """Measure a network, as it is outside training.

    Args:
        network: Ends in what the loss takes.
        pixels: `(N, H, W, C)`.
        labels: `(N,)`.
        loss: The loss.
        batch_size: Examples that go through the network at a time.
        see: Is shown the network's output for each batch, with the labels, before the loss is.
    """
    last = network.nodes[-1].layer.name
    tally = Tally()
    for start in range(0, len(labels), batch_size):
        part = slice(start, start + batch_size)
        output = network.forward(pixels[part], keep=[last])[last]
        if see is not None:
            see(output, labels[part])
        found = loss(output, labels[part])
        tally.add(found.value, found.correct, len(output))
    return tally.score()
