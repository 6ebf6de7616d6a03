"""A network that ends with a layer that a user names; with class scores where the layer makes shares of them."""

from __future__ import annotations

from cnnviz.config.wording import suggest
from cnnviz.errors import UsageError
from cnnviz.layers.base import Layer, Shape
from cnnviz.stack.graph import infer, named
from cnnviz.stack.network import Network
from cnnviz.stack.scores import find_scores
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import StackWeights
from cnnviz.workflows.prepare.preparation import Preparation


def find_layer(stack: Stack, name: str) -> Layer:
    """Return the layer that a user calls so.

    Raises:
        UsageError: If there is none.
    """
    layer = named(stack.layers, name)
    if layer is None:
        names = [layer.name for layer in stack.layers]
        raise UsageError(f"there is no layer {name!r}; {suggest(name, names, 'layers are')}")
    return layer


def network_ending(preparation: Preparation, input_shape: Shape, name: str) -> Network:
    """Make the network that ends with a layer.

    Where the layer ends the stack in a softmax or a sigmoid, the scores before it come out: shares of 1 are the same
    for all scores that are large enough.

    Args:
        preparation: The stack.
        input_shape: What enters.
        name: The layer.

    Raises:
        CnnvizError: If there is no such layer, or the layers or weights do not fit.
    """
    layer = find_layer(preparation.stack, name)
    network = preparation.network_to(input_shape, layer.name)
    if layer.name != preparation.stack.layers[-1].name:
        return network
    try:
        scores = find_scores(preparation.stack, network.nodes)
    except UsageError:
        return network
    weights = StackWeights(network.weights, network.origins)
    nodes = infer(scores.stack, input_shape)
    return Network(scores.stack, input_shape, nodes, weights, network.dtype, network.threads)
