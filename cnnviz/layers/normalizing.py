"""What the normalisations share: the weights that scale and shift what was normalised."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.initializers import Initializer
from cnnviz.layers.base import Array, Shape, Weights, WeightSpec


def scaling_specs(shape: Shape, gamma: Initializer | None, beta: Initializer | None) -> dict[str, WeightSpec]:
    """Return what is learned after a normalisation: `gamma`, by which it scales, and `beta`, by which it shifts.

    Args:
        shape: The shape of each.
        gamma: What fills `gamma`; None for a layer without.
        beta: What fills `beta`; None for a layer without.
    """
    return {
        name: WeightSpec(shape, initializer)
        for name, initializer in (("gamma", gamma), ("beta", beta))
        if initializer is not None
    }


def scaling(weights: Weights, dtype: np.dtype[Any], along: Shape) -> tuple[Array | None, Array | None]:
    """Return `gamma` and `beta` in a type and a shape that stands against the input's; None for one that is missing."""
    gamma, beta = (
        weights[name].astype(dtype).reshape(along) if name in weights else None for name in ("gamma", "beta")
    )
    return gamma, beta


def without_variance(epsilon: float) -> str | None:
    """Say why a normalisation by a layer's own statistics may give what is not finite; None if it cannot."""
    return None if epsilon else "what has no variance is divided by it: epsilon is 0"
