"""The fully connected product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.parallel import run_bands

Array = NDArray[Any]

LARGE = 1 << 20
"""From so many numbers on, a kernel is not converted as a whole."""

BLOCK_BYTES = 1 << 21
"""How much of a large kernel is converted at a time: what the cache holds."""

BANDS = 8
"""A large kernel's inputs are summed up in so many parts, which threads share, and these are added in order."""


def plan_dense(kernel: Array, bias: Array | None, dtype: np.dtype[Any]) -> Callable[[Array], Array]:
    """Prepare the product of vectors and a matrix.

    A product with one vector is bound by memory. So a large float32 kernel is never converted as a whole for
    arithmetic in float64: reading it as it is and converting it in the cache takes less time than reading twice as
    much, and half the memory.

    Args:
        kernel: `(in, units)`, float32.
        bias: `(units,)`, or None.
        dtype: The arithmetic's floating type.

    Returns:
        A function of `(N, in)` in that type to a new array `(N, units)`.
    """
    offset = None if bias is None else bias.astype(dtype)
    if kernel.size < LARGE:
        whole = kernel.astype(dtype)

        def multiply(x: Array) -> Array:
            out: Array = x @ whole
            if offset is not None:
                out += offset
            return out

        return multiply

    length, units = kernel.shape
    height = max(BLOCK_BYTES // (units * dtype.itemsize), 1)
    step = -(-length // BANDS)

    def multiply_in_blocks(x: Array) -> Array:
        parts = np.zeros((-(-length // step), len(x), units), dtype)

        def work(band: int) -> None:
            last = min((band + 1) * step, length)
            for first in range(band * step, last, height):
                block = slice(first, min(first + height, last))
                parts[band] += x[:, block] @ kernel[block].astype(dtype, copy=False)

        run_bands(work, range(len(parts)))
        out: Array = parts.sum(axis=0)
        if offset is not None:
            out += offset
        return out

    return multiply_in_blocks


def weighed_at(
    kernel: Array, x: Array, places: tuple[NDArray[np.intp], ...], factor: float = 1.0
) -> NDArray[np.float64]:
    """Work out the sum of |weight| x |input| behind single outputs.

    Args:
        kernel: `(in, units)`.
        x: `(N, in)`.
        places: Item and unit of each output.
        factor: For the magnitudes.

    Returns:
        `(places,)`.
    """
    items, units = places
    return np.array(
        [abs(x[item] * factor) @ abs(kernel[:, unit]) for item, unit in zip(items, units, strict=True)], np.float64
    )


def outputs_at(kernel: Array, x: Array, places: tuple[NDArray[np.intp], ...]) -> NDArray[np.float64]:
    """Work single outputs out in double precision, bias left out.

    Args:
        kernel: `(in, units)`.
        x: `(N, in)`.
        places: Item and unit of each output.

    Returns:
        `(places,)`.
    """
    items, units = places
    values: NDArray[np.float64] = np.einsum("pn,np->p", x[items], kernel.take(units, axis=1), dtype=np.float64)
    return values
