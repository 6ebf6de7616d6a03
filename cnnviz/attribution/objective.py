"""One number that a network makes of a picture, and its gradients by the picture or by a layer's output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array, Weights
from cnnviz.ops import parallel
from cnnviz.ops.quiet import quiet
from cnnviz.stack.backward import TrainingGraph
from cnnviz.stack.graph import INPUT
from cnnviz.stack.network import Network
from cnnviz.stack.parameters import Parameters
from cnnviz.stack.weights import StackWeights

_BATCH_BYTES = 2**28
"""What the tensors of pictures that go through together may take."""


class Gradient(NamedTuple):
    """The gradient of the number by a tensor.

    Attributes:
        by: Gradient by the tensor, `(N, *shape)`.
        tensor: The tensor itself, in the same shape.
    """

    by: Array
    tensor: Array


class Objective:
    """One number that a network makes of each picture: a weighted sum over the output of its last layer.

    Pictures are what enters the first layers, after `scale`, `mean` and `std`: `(N, H, W, C)`.

    Attributes:
        network: Ends with the layer that the number is read off; takes pictures as they are.
        direction: What each value of that layer's output weighs, in its shape.
    """

    def __init__(
        self, network: Network, direction: Array, share: Callable[[Array], NDArray[np.float64]] | None = None
    ) -> None:
        """Prepare the way forward; the way back is prepared when it is asked for.

        Args:
            network: Ends with the layer that the number is read off.
            direction: What each value of that layer's output weighs, in its shape.
            share: Makes probabilities, `(N,)`, of the outputs, `(N, *shape)`; None where the number is no class's.
        """
        self.network = network
        self.direction = np.asarray(direction, network.dtype)
        self._share = share
        self._graphs: dict[tuple[str, bool], TrainingGraph] = {}
        self._parameters = Parameters(network.nodes, network.dtype)
        self._parameters.fill(network.weights)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The arithmetic's floating type."""
        return self.network.dtype

    @property
    def together(self) -> int:
        """How many pictures go through together, so that their tensors do not take too much memory."""
        numbers = prod(self.network.input_shape) + sum(prod(node.output_shape) for node in self.network.nodes)
        return max(1, _BATCH_BYTES // (2 * numbers * self.dtype.itemsize))

    def values(self, pictures: Array) -> NDArray[np.float64]:
        """Return the number of each picture, `(N,)`."""
        return self._read(pictures, self._weigh)

    def shares(self, pictures: Array) -> NDArray[np.float64]:
        """Return the probability of the class of each picture, `(N,)`; the number itself where it is no class's."""
        return self._read(pictures, self._share or self._weigh)

    def gradients(self, pictures: Array, layer: str = INPUT, guided: bool = False) -> Gradient:
        """Return the gradient of each picture's number by a tensor.

        Args:
            pictures: `(N, H, W, C)`.
            layer: Whose output the tensor is; `input` for the pictures.
            guided: See `TrainingGraph`.
        """
        graph = self._graphs.get((layer, guided))
        if graph is None:
            graph = TrainingGraph(self.network.nodes, self.dtype, {layer}, guided)
            self._graphs[layer, guided] = graph
        parts = []
        for some in self._batches(pictures):
            with quiet(), parallel.threads(self.network.threads):
                tape = graph.forward(self._parameters, np.random.default_rng(0), some, keep={layer})
                at = np.broadcast_to(self.direction, tape.output.shape)
                by = tape.backward(at).get(layer)
            tensor = some if layer == INPUT else tape.kept[layer]
            parts.append(Gradient(np.zeros_like(tensor) if by is None else by, tensor))
        return Gradient(*map(np.concatenate, zip(*parts, strict=True)))

    def with_weights(self, weights: Mapping[str, Weights]) -> Objective:
        """Return the same with other weights: the number of a network that has not learned what this one has.

        Args:
            weights: For layers whose weights change: arrays by name.
        """
        network = self.network
        changed = StackWeights(network.weights | {name: dict(own) for name, own in weights.items()}, network.origins)
        other = Network(network.stack, network.input_shape, network.nodes, changed, network.dtype, network.threads)
        return Objective(other, self.direction, self._share)

    def _weigh(self, outputs: Array) -> NDArray[np.float64]:
        # Where nothing is weighed nothing counts, not even what is not finite.
        wanted = self.direction != 0
        weighed: NDArray[np.float64] = (outputs[:, wanted] * self.direction[wanted]).sum(axis=1, dtype=np.float64)
        return weighed

    def _read(self, pictures: Array, read: Callable[[Array], NDArray[np.float64]]) -> NDArray[np.float64]:
        last = self.network.nodes[-1].layer.name
        outputs = (self.network.forward(some, keep=[last], entered=True)[last] for some in self._batches(pictures))
        with quiet():
            return np.concatenate([read(output) for output in outputs])

    def _batches(self, pictures: Array) -> list[Array]:
        size = self.together
        return [pictures[start : start + size] for start in range(0, len(pictures), size)]
