"""A stack made ready for one input shape: weights in place, the forward pass prepared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnviz.errors import UsageError
from cnnviz.layers.base import Array, Forward, Layer, Shape, show
from cnnviz.stack.graph import INPUT, Node, infer
from cnnviz.stack.spec import InputSpec, Stack


class Network:
    """A stack with weights, for inputs of one shape. Make one with `Stack.build`.

    Attributes:
        stack: The stack it was built from.
        nodes: Every layer with its shapes, in order.
        weights: `weights["conv_1"]["kernel"]`: float32 arrays, Keras's names and shapes, for layers that have any.
        dtype: The arithmetic's floating type.
    """

    def __init__(
        self,
        stack: Stack,
        nodes: list[Node],
        weights: dict[str, dict[str, Array]],
        input_shape: Shape,
        dtype: np.dtype[Any],
        threads: int | None,
    ) -> None:
        self.stack = stack
        self.nodes = nodes
        self.weights = weights
        self.input_shape = input_shape
        self.dtype = dtype
        self.threads = threads
        self._forwards: list[Forward] = [
            node.layer.prepare(weights.get(node.layer.name, {}), dtype, *node.input_shapes) for node in nodes
        ]

    def iterate(self, pixels: ArrayLike) -> Iterator[tuple[Layer, NDArray[Any]]]:
        """Run the layers one at a time; a tensor is let go once no later layer needs it.

        Args:
            pixels: `(H, W, C)` or `(N, H, W, C)`, numbers from 0 to 255 in the order of `input.color`.

        Yields:
            Each layer with its output, `(H, W, C)` or `(units,)`, with the batch axis in front if `pixels` had one.
        """
        pixels = np.asarray(pixels)
        single = pixels.ndim == 3
        batch = pixels[None] if single else pixels
        if batch.ndim != 4 or batch.shape[1:] != self.input_shape:
            raise UsageError(f"the network was built for {show(self.input_shape)}, got {show(pixels.shape)}")
        waiting = Counter(name for node in self.nodes for name in node.layer.inputs)
        tensors: dict[str, Array] = {INPUT: normalise(batch, self.stack.input, self.dtype)}
        for node, forward in zip(self.nodes, self._forwards, strict=True):
            inputs = [tensors[name] for name in node.layer.inputs]
            for name in node.layer.inputs:
                waiting[name] -= 1
                if not waiting[name]:
                    tensors.pop(name, None)
            out = forward(*inputs)
            del inputs
            if waiting[node.layer.name]:
                tensors[node.layer.name] = out
            yield node.layer, out[0] if single else out
            del out

    def forward(self, pixels: ArrayLike) -> dict[str, NDArray[Any]]:
        """Run all layers and keep every output.

        Args:
            pixels: As in `iterate`.

        Returns:
            Layer name to output.
        """
        return {layer.name: out for layer, out in self.iterate(pixels)}


def normalise(pixels: Array, spec: InputSpec, dtype: np.dtype[Any]) -> Array:
    """Apply `scale`, `mean` and `std`, in float64, then go over to the arithmetic's dtype."""
    x = pixels.astype(np.float64)
    if spec.scale != 1:
        x *= spec.scale
    if spec.mean is not None:
        x -= np.asarray(spec.mean)
    if spec.std is not None:
        x /= np.asarray(spec.std)
    return x.astype(dtype, copy=False)
