"""Sums of numbers so small that their type runs out of digits, as an untrained stack of many layers makes them.

Below the smallest normal number digits get lost, and many processors take a hundred times as long for a product. Who
reads twice as much adds up twice as much, so a layer reads such inputs times a power of two, and its output is divided
by that: both are exact, but for the last digit of what is below the normal range in the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnviz.layers.base import Array, Forward
from cnnviz.ops.memory import empty, empty_like
from cnnviz.stack.graph import Node
from cnnviz.stack.noise import RoundingNoise

FAINT = 2.0**-106
"""Inputs of a larger magnitude are never faint."""

_FAINT = {4: FAINT, 8: 2.0**-1002}
"""Up to this magnitude they are, by bytes of a number: their products with small weights are not all normal."""


def faint_sums(node: Node, forward: Forward, noise: RoundingNoise, inputs: Sequence[Array], loudest: float) -> Array:
    """Compute a layer's sums of inputs that may be faint, and take out what rounding left in them.

    Args:
        node: The layer in its place.
        forward: Its forward pass, up to the activation.
        noise: What rounding may leave.
        inputs: One array per input, `(N, *shape)`.
        loudest: Their largest magnitude.
    """
    dtype = inputs[0].dtype
    faint = _FAINT[dtype.itemsize]
    if loudest <= faint and noise.adds_products_alone:
        if loudest == 0:
            out = empty((len(inputs[0]), *node.output_shape), dtype)
            out.fill(0)
            return out
        if node.layer.macs(*node.input_shapes):
            raised = [np.multiply(x, dtype.type(1 / faint), out=empty_like(x, x.shape)) for x in inputs]
            out = forward(*raised)
            noise.remove(out, raised, loudest / faint)
            out *= dtype.type(faint)
            return out
    out = forward(*inputs)
    noise.remove(out, inputs, loudest)
    return out
