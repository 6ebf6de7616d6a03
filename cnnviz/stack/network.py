"""A stack made ready for one input shape: weights in place, the forward pass prepared."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from os import PathLike
from typing import Any, Literal, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import ArrayLike, NDArray

from cnnviz.errors import ConfigError, Mistake, UsageError
from cnnviz.io.machine import usable_cores
from cnnviz.layers.base import Array, Forward, Layer, Shape, Weights
from cnnviz.ops import parallel
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.stack.graph import INPUT, Node, infer
from cnnviz.stack.noise import Settler
from cnnviz.stack.spec import InputSpec, Stack
from cnnviz.stack.walk import steps_of, walk
from cnnviz.stack.weights import StackWeights, make_weights
from cnnviz.wording import shape_text

BeforeActivation = Callable[[Layer, NDArray[Any]], None]
"""Is shown a layer and its values before its activation; they are gone afterwards."""


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

    def _run(self, pixels: ArrayLike, watch: BeforeActivation | None = None) -> Iterator[tuple[Node, NDArray[Any]]]:
        given = np.asarray(pixels)
        single = given.ndim == 3
        batch = given[None] if single else given
        if batch.ndim != 4 or batch.shape[1:] != self.input_shape:
            raise UsageError(
                f"the network was built for pixels of {shape_text(self.input_shape)}, got {shape_text(given.shape)}; "
                f"build it for that shape"
            )
        shown = None if watch is None else lambda layer, out: watch(layer, out[0] if single else out)
        tensors: dict[str, Array] = {INPUT: self._normalise(batch)}
        owned = tensors[INPUT] if np.may_share_memory(tensors[INPUT], given) else None
        del given, batch, pixels
        for name, out in walk(self._steps, lambda name, inputs: self._layers[name](inputs, shown), tensors):
            if owned is not None and np.may_share_memory(out, owned):
                out = out.copy()  # an identity over the caller's own pixels
            yield self._layers[name].node, out[0] if single else out
            del out

    def forward(self, pixels: ArrayLike, keep: Collection[str] | None = None) -> dict[str, NDArray[Any]]:
        """Run the layers and keep their outputs.

        Args:
            pixels: As in `iterate`.
            keep: The layers whose outputs to keep, `input` for what enters the first ones; what comes after the last
                of them is not run. None for all layers.

        Returns:
            Layer name to output.

        Raises:
            UsageError: If the shape is not the one that the network was built for.
        """
        # Once around all: around each layer it would cost a small network half as much again.
        with quiet(), parallel.threads(self.threads):
            if keep is None:
                return {node.layer.name: out for node, out in self._run(pixels)}
            kept = {INPUT: self.entering(pixels)} if INPUT in keep else {}
            for node, out in self._run(pixels):
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
        from cnnviz.io.hdf5.writing import write_weights
        from cnnviz.io.targets import place_of

        names = [node.layer.name for node in self.nodes]
        write_weights(place_of(path), self.weights, names, mark=StackWeights(self.weights, self.origins).sha256())


class PreparedLayer(NamedTuple):
    """A layer made ready.

    Attributes:
        node: The layer in its place.
        forward: Its forward pass, up to its activation.
        activation: What bends its values in place; None for nothing.
        settler: Takes the rounding errors out of its sums; None for a layer that adds nothing up.
    """

    node: Node
    forward: Forward
    activation: Forward | None
    settler: Settler | None

    def __call__(self, inputs: Sequence[Array], watch: BeforeActivation | None = None) -> Array:
        """Compute the output, `(N, *shape)`.

        Args:
            inputs: One array per input, `(N, *shape)`.
            watch: As in `Network.iterate`, with a batch axis.
        """
        out = self.forward(*inputs)
        if self.settler is not None:
            self.settler.settle(out, inputs)
        if self.activation is not None:
            if watch is not None:
                watch(self.node.layer, out)
            out = self.activation(out, out=out)
        return out


def prepare(node: Node, weights: Weights, dtype: np.dtype[Any]) -> PreparedLayer:
    """Make a layer ready: all that needs no pixels.

    Args:
        node: The layer in its place.
        weights: Its own, by name.
        dtype: The arithmetic's floating type.
    """
    bare, activation = _split(node.layer)
    settler = Settler(lambda: bare.rounding(weights, dtype, *node.input_shapes), dtype) if bare.rounds else None
    return PreparedLayer(node, bare.prepare(weights, dtype, *node.input_shapes), activation, settler)


def _split(layer: Layer) -> tuple[Layer, Forward | None]:
    """Take the activation off a layer that hands it fresh memory."""
    name = getattr(layer, "activation", None)
    if not layer.rounds or name in (None, "linear"):
        return layer, None
    return replace(layer, activation=None), ACTIVATIONS[name]


def quiet() -> np.errstate:
    """Say nothing of what is not finite: it is counted and reported."""
    return np.errstate(all="ignore")


def build(
    stack: Stack,
    input_shape: Shape,
    seed: int | None = None,
    weights: str | PathLike[str] | None = None,
    dtype: Literal["float64", "float32"] = "float64",
    threads: int | None = None,
) -> Network:
    """Build a network; see `Stack.build`."""
    if dtype not in ("float64", "float32"):
        raise UsageError(f"dtype must be 'float64' or 'float32', got {dtype!r}")
    shape = tuple(int(side) for side in input_shape)
    if len(shape) != 3 or min(shape) < 1:
        raise UsageError(f"the input shape must be height, width, channels, each at least 1; got {input_shape}")
    nodes = infer(stack, shape)
    given = None
    if weights is not None:
        from cnnviz.io.hdf5.reading import read_weights
        from cnnviz.stack.loading import load_weights

        given, remarks = load_weights(read_weights(weights), nodes)
        for remark in remarks:
            warnings.warn(remark, stacklevel=3)
    return Network(
        stack, shape, nodes, make_weights(nodes, stack.seed if seed is None else seed, given), dtype, threads
    )


def normaliser(spec: InputSpec, shape: Shape, dtype: np.dtype[Any]) -> Forward:
    """Return what applies `scale`, `mean` and `std`, in float64, then goes over to the arithmetic's dtype.

    Raises:
        ConfigError: If they have not as many numbers as the input has channels.
    """
    for field, values in (("mean", spec.mean), ("std", spec.std)):
        if values is not None and len(values) not in (1, shape[-1]):
            raise ConfigError(
                [Mistake(("input", field), f"has {len(values)} numbers, but the input has {shape[-1]} channels")]
            )
    mean = None if spec.mean is None else np.asarray(spec.mean, np.float64)
    std = None if spec.std is None else np.asarray(spec.std, np.float64)
    if spec.scale == 1 and mean is None and std is None:
        return lambda pixels: pixels.astype(dtype, order="K", copy=False)

    def normalise(pixels: Array) -> Array:
        x = pixels.astype(np.float64, order="K", copy=False)
        # One copy at most, then in place.
        if spec.scale != 1:
            x = np.multiply(x, spec.scale)
        if mean is not None:
            x = np.subtract(x, mean, out=x if spec.scale != 1 else None)
        if std is not None:
            x = np.divide(x, std, out=x if spec.scale != 1 or mean is not None else None)
        return x.astype(dtype, order="K", copy=False)

    return normalise
