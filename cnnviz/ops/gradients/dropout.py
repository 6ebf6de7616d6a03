"""Dropout in training."""

from __future__ import annotations

import numpy as np

from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.memory import empty_like


def train_dropout(x: Array, rate: float, generator: np.random.Generator) -> Trained:
    """Set a share of the values to zero at random and make up for it in the others (Srivastava et al. 2014).

    Args:
        x: Any shape.
        rate: The share that is dropped, from 0 to 1; what stays is divided by `1 - rate`.
        generator: Where the randomness comes from.

    Returns:
        The output and the way back.
    """
    if rate == 0:
        return x, lambda gradient: gradient
    factor = empty_like(x, x.shape)
    if rate == 1:
        factor[...] = 0
    else:
        # Raw bits are the same in every version of NumPy, and the quickest. In the order of memory: so is writing.
        bits = generator.bit_generator.random_raw(-(-x.size // 2)).astype("<u8", copy=False).view("<u4")[: x.size]
        np.multiply(bits >= rate * 2**32, x.dtype.type(1 / (1 - rate)), out=factor.ravel(order="K"))
    return x * factor, lambda gradient: gradient * factor
