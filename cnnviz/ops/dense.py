"""The fully connected product."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


def dense(x: NDArray[Any], kernel: NDArray[Any], bias: NDArray[Any] | None) -> NDArray[Any]:
    """Multiply the last axis by a matrix and add a bias.

    Args:
        x: `(..., in)`.
        kernel: `(in, units)`.
        bias: `(units,)`, or None.

    Returns:
        `(..., units)`.
    """
    out: NDArray[Any] = x @ kernel
    if bias is not None:
        out += bias
    return out
