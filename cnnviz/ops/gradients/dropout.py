"""Dropout in training."""

from __future__ import annotations

import numpy as np

from cnnviz.ops.gradients.pullback import Array, Trained


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
    factor = np.zeros_like(x)
    if rate < 1:
        kept = generator.random(x.shape, np.float32) >= rate
        factor[kept] = 1 / (1 - rate)
    return x * factor, lambda gradient: gradient * factor
