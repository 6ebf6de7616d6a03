"""A layer's kernel, as far as the page has room for it; for a large dense layer, its strongest terms in its place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.rules import finite
from cnnviz.render.page.model import PackedKernel
from cnnviz.render.page.packing import Deflate
from cnnviz.stack.graph import Node

Array = NDArray[Any]

_MOST = 160_000
"""Weights of a layer that are in the page."""

_TERMS = 12
"""Strongest terms of each unit."""

_PRODUCTS = 4_000_000
"""Products to look for the strongest among."""


def pack_kernel(kernel: Array, bias: Array | None, node: Node, maps: tuple[int, int], deflate: Deflate) -> PackedKernel:
    """Pack the weights that the maps in the page need.

    Args:
        kernel: What the layer weighs with, `(kernel height, kernel width, in, out)`.
        bias: `(out,)`; None without one.
        node: The layer.
        maps: How many maps of its input are in the page, and how many of its own.
        deflate: Compresses, now or soon.
    """
    channels, filters = maps
    is_vector = len(node.output_shape) == 1
    # With groups, the kernel's input channels are those of a group.
    grouped = kernel.shape[2] < node.input_shapes[0][-1]
    part = kernel if is_vector else kernel[:, :, : None if grouped else channels, :filters]
    small = part.size <= _MOST
    known = part[np.isfinite(part)] if small else part[:0]  # a hundred million weights are not gone through
    return PackedKernel(
        data=deflate(np.ascontiguousarray(part, "<f4")) if small else None,
        shape=part.shape,
        whole=kernel.shape,
        bias=finite(bias[: part.shape[3]]) if bias is not None and (small or part.shape[3] <= _MOST) else None,
        magnitude=float(np.abs(known).max()) if known.size else 0.0,
    )


def strongest_terms(kernel: Array, values: Array) -> dict[str, Any] | None:
    """Find the terms of each unit of a dense layer that are the largest in magnitude; None if that takes too long.

    Args:
        kernel: What the layer weighs with, `(1, 1, inputs, units)`.
        values: What it reads, `(inputs,)`.

    Returns:
        `inputs`, the terms' inputs by number, their `weights` and `values`, `(units, terms)` each, and `rest`, the sum
        of all other terms of each unit.
    """
    matrix = kernel[0, 0]
    if matrix.size > _PRODUCTS:
        return None
    count = min(_TERMS, len(values))
    with np.errstate(all="ignore"):
        products = matrix.astype(np.float64) * values.astype(np.float64)[:, None]
    if not np.isfinite(products).all():
        return None
    # Rounded first: machines may disagree about the last bits, and about which of two is the stronger.
    places = np.argsort(-np.abs(products.astype(np.float32)), axis=0, kind="stable")[:count]
    chosen = np.take_along_axis(products, places, axis=0)
    rest = products.sum(axis=0) - chosen.sum(axis=0)
    scale = float(np.abs(products).max())
    return {
        "inputs": places.T.tolist(),
        "weights": np.take_along_axis(matrix, places, axis=0).T.tolist(),
        "values": [[_short(x) for x in row] for row in values[places.T].tolist()],
        "rest": [_short(x, scale) for x in rest.tolist()],
    }


def _short(number: float, scale: float = 0.0) -> float:
    """Round to six digits; what is nothing beside `scale` is zero."""
    return 0.0 if abs(number) <= 1e-9 * scale else float(f"{number:.6g}")
