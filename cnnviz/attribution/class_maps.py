"""Grad-CAM of the likeliest classes, from the last maps of a run: of all layers only the end is computed again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from cnnviz.attribution.class_activation import weighed_maps
from cnnviz.layers.base import Array
from cnnviz.ops import parallel
from cnnviz.ops.quiet import quiet
from cnnviz.stack.backward import TrainingGraph
from cnnviz.stack.graph import INPUT, Node, leading_to
from cnnviz.stack.network import Network
from cnnviz.stack.parameters import Parameters
from cnnviz.stack.scores import Scores


class ClassMaps:
    """Where the last maps of a network speak for a class (see `class_activation.grad_cam`).

    Attributes:
        layer: The last layer with a height and a width, through which everything goes; None if there is none.
    """

    def __init__(self, network: Network, scores: Scores) -> None:
        """Find the layer; nothing is computed yet.

        Args:
            network: The network.
            scores: How classes are read off its end.
        """
        plain = {layer.name: layer for layer in scores.stack.layers}
        nodes = [replace(node, layer=plain[node.layer.name]) for node in network.nodes]
        needed = leading_to(nodes, nodes[-1].layer.name)
        at = next((at for at in range(len(needed) - 2, -1, -1) if _is_map(needed[at])), None)
        self.layer: str | None = None
        if at is None:
            return
        name, tail = needed[at].layer.name, needed[at + 1 :]
        behind = {name, *(node.layer.name for node in tail)}
        if any(source not in behind for node in tail for source in node.layer.inputs):
            return  # a branch goes around it
        self.layer = name
        self._network = network
        self._tail = [_reading(node, name) for node in tail]

    def of(self, maps: Array, units: Sequence[int]) -> list[NDArray[np.float64]]:
        """Return the map of each class, in the size of the layer; not negative.

        Args:
            maps: The layer's output, `(height, width, channels)`.
            units: Numbers of the classes.
        """
        network = self._network
        parameters = Parameters(self._tail, network.dtype)
        names = {node.layer.name for node in self._tail}
        parameters.fill({name: own for name, own in network.weights.items() if name in names})
        graph = TrainingGraph(self._tail, network.dtype, {INPUT})
        several = np.repeat(maps[None], len(units), axis=0)
        with quiet(), parallel.threads(network.threads):
            tape = graph.forward(parameters, np.random.default_rng(0), several)
            direction = np.zeros_like(tape.output)
            for row, unit in zip(direction, units, strict=True):
                if row.size == 1:  # the score of the second of two classes
                    row[0] = 1 if unit == 1 else -1
                else:
                    row[unit] = 1
            by = tape.backward(direction).get(INPUT)
            if by is None:
                by = np.zeros_like(several)
            return [np.asarray(weighed_maps(maps, one), np.float64) for one in by]


def _is_map(node: Node) -> bool:
    shape = node.output_shape
    return len(shape) == 3 and shape[0] * shape[1] > 1


def _reading(node: Node, name: str) -> Node:
    """Let a layer read the input in the place of a layer."""
    inputs = tuple(INPUT if source == name else source for source in node.layer.inputs)
    return replace(node, layer=replace(node.layer, inputs=inputs))
