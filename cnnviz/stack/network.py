"""A stack made ready for one input shape: weights in place, the forward pass prepared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnviz.errors import UsageError
from cnnviz.io.machine import usable_cores
from cnnviz.layers.base import Array, Layer, Shape
from cnnviz.ops import parallel
from cnnviz.ops.quiet import quiet
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.prepared import BeforeActivation, normaliser, prepare
from cnnviz.stack.spec import Stack
from cnnviz.stack.walk import steps_of, walk
from cnnviz.stack.weights import StackWeights, save_weights
from cnnviz.wording import shape_text


class Network:
    """A stack with weights, for inputs of one shape. Make one with `Stack.build`.

    Attributes:
        stack: The stack it was built from.
        input_shape: `(height, width, channels)`.
        nodes: Every layer with its shapes, in order.
        weights: `weights["conv_1"]["kernel"]`: float32 arrays, Keras's names and shapes, for layers that have any.
        origins: Where each layer's weights came from: `file` or `initialised`.
        whole_from_file: Whether every weight came from a file.
        dtype: The arithmetic's floating type.
    """

    def __init__(
        self,
        stack: Stack,
        input_shape: Shape,
        nodes: Sequence[Node],
        weights: StackWeights,
        dtype: Literal["float64", "float32"] | np.dtype[Any] = "float64",
        threads: int | None = None,
    ) -> None:
        """Prepare all that needs no pixels; `Stack.build` is the usual way here."""
        self.stack = stack
        self.input_shape = tuple(input_shape)
        self.nodes = tuple(nodes)
        self.weights = weights.arrays
        self.origins = weights.origins
        self.whole_from_file = weights.whole_from_file
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.threads = threads or usable_cores()
        self._normalise = normaliser(stack.input, self.input_shape, self.dtype)
        with quiet():
            self._layers = {
                node.layer.name: prepare(node, self.weights.get(node.layer.name, {}), self.dtype) for node in nodes
            }
        self._steps = steps_of((node.layer.name, node.layer.inputs) for node in nodes)
        self._near_input = _near_input(nodes)

    def __repr__(self) -> str:
        return (
            f"<Network {self.stack.name!r} for {shape_text(self.input_shape)}, {len(self.nodes)} layers, {self.dtype}>"
        )

    def _repr_html_(self) -> str:
        from cnnviz.stack.notebook import network_html

        return network_html(self)

    def iterate(self, pixels: ArrayLike, watch: BeforeActivation | None = None) -> Iterator[tuple[Layer, NDArray[Any]]]:
        """Run the layers one at a time; a tensor is let go once no later layer needs it.

        Args:
            pixels: `(H, W, C)` or `(N, H, W, C)`, numbers from 0 to 255 in the order of `input.color`.
            watch: Is shown what a layer with an `activation` has worked out before that bends it in place.

        Yields:
            Each layer with its output, `(H, W, C)` or `(units,)`, with the batch axis in front if `pixels` had one.

        Raises:
            UsageError: If the shape is not the one that the network was built for.
        """
        for node, out in self.walk(pixels, watch):
            yield node.layer, out
            del out

    def walk(self, pixels: ArrayLike, watch: BeforeActivation | None = None) -> Iterator[tuple[Node, NDArray[Any]]]:
        """Run the layers one at a time, as `iterate` does.

        Args:
            pixels: As in `iterate`.
            watch: As in `iterate`.

        Yields:
            Each layer in its place with its output.

        Raises:
            UsageError: If the shape is not the one that the network was built for.
        """
        layers = self._run(pixels, watch)
        while True:
            with quiet(), parallel.threads(self.threads):
                step = next(layers, None)
            if step is None:
                return
            yield step
            del step

    def _run(
        self, pixels: ArrayLike, watch: BeforeActivation | None = None, entered: bool = False
    ) -> Iterator[tuple[Node, NDArray[Any]]]:
        given = np.asarray(pixels)
        single = given.ndim == 3
        batch = given[None] if single else given
        if batch.ndim != 4 or batch.shape[1:] != self.input_shape:
            raise UsageError(
                f"the network was built for pixels of {shape_text(self.input_shape)}, got {shape_text(given.shape)}; "
                f"build it for that shape"
            )
        shown = None if watch is None else lambda layer, out: watch(layer, out[0] if single else out)
        tensors: dict[str, Array] = {INPUT: batch if entered else self._normalise(batch)}
        owned = tensors[INPUT] if np.may_share_memory(tensors[INPUT], given) else None
        del given, batch, pixels
        for name, out in walk(self._steps, lambda name, inputs: self._layers[name](inputs, shown), tensors):
            if owned is not None and name in self._near_input and np.may_share_memory(out, owned):
                out = out.copy()  # an identity over the caller's own pixels
            yield self._layers[name].node, out[0] if single else out
            del out

    def forward(
        self, pixels: ArrayLike, keep: Collection[str] | None = None, *, entered: bool = False
    ) -> dict[str, NDArray[Any]]:
        """Run the layers and keep their outputs.

        Args:
            pixels: As in `iterate`.
            keep: The layers whose outputs to keep, `input` for what enters the first ones; what comes after the last
                of them is not run. None for all layers.
            entered: Whether `pixels` are what `entering` returns.

        Returns:
            Layer name to output.

        Raises:
            UsageError: If the shape is not the one that the network was built for.
        """
        # Once around all: around each layer it would cost a small network half as much again.
        with quiet(), parallel.threads(self.threads):
            if keep is None:
                return {node.layer.name: out for node, out in self._run(pixels, entered=entered)}
            kept = {INPUT: np.asarray(pixels) if entered else self.entering(pixels)} if INPUT in keep else {}
            for node, out in self._run(pixels, entered=entered):
                if node.layer.name in keep:
                    kept[node.layer.name] = out
                if kept.keys() >= set(keep):
                    break
            return kept

    def entering(self, pixels: ArrayLike) -> NDArray[Any]:
        """Return what enters the first layers: the pixels after `scale`, `mean` and `std`.

        Args:
            pixels: As in `iterate`.
        """
        with quiet():
            return self._normalise(np.asarray(pixels))

    def save_weights(self, path: str | PathLike[str]) -> None:
        """Write the weights as an HDF5 file that Keras loads with `load_weights(path, by_name=True)`.

        Raises:
            OutputError: If the file cannot be written.
        """
        save_weights(path, self.nodes, StackWeights(self.weights, self.origins))


def _near_input(nodes: Iterable[Node]) -> frozenset[str]:
    """Name the layers whose output may be the input itself: no layer is between that always makes fresh memory."""
    near = {INPUT}
    for node in nodes:
        if not node.layer.rounds and not near.isdisjoint(node.layer.inputs):
            near.add(node.layer.name)
    return frozenset(near)
