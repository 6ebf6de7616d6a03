"""What is made ready before pixels come: the scaling of the input, and each layer with its weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from cnnviz.errors import ConfigError, Mistake
from cnnviz.layers.base import Array, Forward, Layer, Shape, Weights
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.stack.faint import FAINT, faint_sums
from cnnviz.stack.graph import Node
from cnnviz.stack.noise import RoundingNoise
from cnnviz.stack.spec import InputSpec

BeforeActivation = Callable[[Layer, NDArray[Any]], None]
"""Is shown a layer and its values before its activation; they are gone afterwards."""


class PreparedLayer(NamedTuple):
    """A layer made ready.

    Attributes:
        node: The layer in its place.
        forward: The layer's forward pass, up to the activation.
        activation: What bends its values in place; None for nothing.
        noise: What rounding may leave in its sums, to be removed; None for a layer that adds nothing up.
    """

    node: Node
    forward: Forward
    activation: Forward | None
    noise: RoundingNoise | None

    def __call__(self, inputs: Sequence[Array], watch: BeforeActivation | None = None) -> Array:
        """Compute the output, `(N, *shape)`.

        Args:
            inputs: One array per input, `(N, *shape)`.
            watch: As in `Network.iterate`, with a batch axis.
        """
        if self.noise is None:
            out = self.forward(*inputs)
        elif (loudest := self.noise.loudest(inputs)) <= FAINT:
            out = faint_sums(self.node, self.forward, self.noise, inputs, loudest)
        else:
            out = self.forward(*inputs)
            self.noise.remove(out, inputs, loudest)
        if self.activation is not None:
            if watch is not None:
                watch(self.node.layer, out)
            out = self.activation(out, out=out)
        return out


def prepare(node: Node, weights: Weights, dtype: np.dtype[Any]) -> PreparedLayer:
    """Make a layer ready: all that needs no pixels.

    Args:
        node: The layer in its place.
        weights: The layer's weights, by name.
        dtype: The arithmetic's floating type.
    """
    bare, activation, name = node.layer, None, getattr(node.layer, "activation", None)
    if bare.rounds and name not in (None, "linear"):  # after rounding errors have been taken out of fresh memory
        bare, activation = replace(bare, activation=None), ACTIVATIONS[name].function
    noise, shapes = None, node.input_shapes
    if bare.rounds:
        wide = np.dtype(np.float64)
        rounding, exact = partial(bare.rounding, weights, dtype, *shapes), partial(bare.prepare, weights, wide, *shapes)
        noise = RoundingNoise(rounding, exact, dtype)
    return PreparedLayer(node, bare.prepare(weights, dtype, *shapes), activation, noise)


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
