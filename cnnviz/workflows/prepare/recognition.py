"""What a trained network takes a picture for."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.render.classes import Recognition, recognition
from cnnviz.stack.graph import infer
from cnnviz.stack.network import Network
from cnnviz.stack.scores import find_scores
from cnnviz.stack.weights import StackWeights


def recognise(network: Network, pixels: NDArray[Any]) -> Recognition | None:
    """Tell what a picture is taken for.

    Args:
        network: The network, with its end.
        pixels: What enters it, `(H, W, C)`.

    Returns:
        The likeliest classes; None where made-up weights take it for anything, or the stack does not end in class
        scores.
    """
    if not network.whole_from_file:
        return None
    try:
        scores = find_scores(network.stack, network.nodes)
    except UsageError:  # it does not end in class scores
        return None
    if scores.shares is not None:  # logits are wanted, not what is made of them
        there = {node.layer.name for node in network.nodes}
        nodes = [node for node in infer(scores.stack, network.input_shape) if node.layer.name in there]
        weights = StackWeights(network.weights, network.origins)
        network = Network(scores.stack, network.input_shape, nodes, weights, network.dtype, network.threads)
    last = network.nodes[-1].layer.name
    return recognition(scores, network.forward(pixels, keep=[last])[last])
