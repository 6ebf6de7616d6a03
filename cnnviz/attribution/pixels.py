"""Methods that give every number of a picture its part in a value, by gradients (Captum's definitions and names)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.objective import Objective
from cnnviz.layers.base import Array


def gradient(objective: Objective, picture: Array) -> Array:
    """Return how fast the value grows with each number of the picture (Simonyan et al. 2013; Captum's `Saliency`).

    Args:
        objective: The value.
        picture: `(H, W, C)`.

    Returns:
        `(H, W, C)`, with signs.
    """
    by: Array = objective.gradients(picture[None]).by[0]
    return by


def input_x_gradient(objective: Objective, picture: Array) -> Array:
    """Return the gradient times the picture (Shrikumar et al. 2016).

    Args:
        objective: The value.
        picture: `(H, W, C)`.
    """
    parts: Array = picture * gradient(objective, picture)
    return parts


def guided_backprop(objective: Objective, picture: Array) -> Array:
    """Return the gradient, where rectifiers pass on what is above zero alone (Springenberg et al. 2014).

    Args:
        objective: The value.
        picture: `(H, W, C)`.
    """
    by: Array = objective.gradients(picture[None], guided=True).by[0]
    return by


def smooth_grad(objective: Objective, picture: Array, samples: int = 50, noise: float = 0.15, seed: int = 0) -> Array:
    """Return the mean of the gradients of noisy copies of the picture (Smilkov et al. 2017).

    Args:
        objective: The value.
        picture: `(H, W, C)`.
        samples: How many copies.
        noise: Standard deviation of the noise, as a part of the picture's range.
        seed: Seed of the noise.
    """
    total = np.zeros(picture.shape)
    for start in range(0, samples, objective.together):
        copies = noisy(picture, range(start, min(samples, start + objective.together)), noise, seed)
        for by in objective.gradients(copies).by:  # one after the other: the sum hangs on no batch
            total += by
    mean: Array = (total / samples).astype(picture.dtype)
    return mean


def noisy(picture: Array, samples: range, noise: float, seed: int) -> Array:
    """Return noisy copies of a picture, `(N, H, W, C)`, each by its number alone.

    Args:
        picture: `(H, W, C)`.
        samples: The numbers of the copies.
        noise: Standard deviation, as a part of the picture's range.
        seed: Seed.
    """
    from cnnviz.ops.random import normal

    finite = picture[np.isfinite(picture)]
    spread = noise * float(np.ptp(finite)) if finite.size else 0.0
    copies = [picture + normal(picture.shape, (seed, "smooth_grad", str(sample)), 0.0, spread) for sample in samples]
    return np.stack(copies).astype(picture.dtype)


def integrated_gradients(objective: Objective, picture: Array, baseline: Array, steps: int = 50) -> Array:
    """Return each number's way from a baseline times the mean gradient along it (Sundararajan et al. 2017).

    The mean is taken by Gauss-Legendre quadrature, as in Captum.

    Args:
        objective: The value.
        picture: `(H, W, C)`.
        baseline: A picture that says nothing, in the same shape.
        steps: Pictures on the way.
    """
    places, weights = np.polynomial.legendre.leggauss(steps)
    along = (1 + places) / 2
    total = np.zeros(picture.shape)
    for start in range(0, steps, objective.together):
        part = slice(start, start + objective.together)
        at = baseline + along[part, None, None, None] * (picture - baseline)
        for weight, by in zip(weights[part] / 2, objective.gradients(at.astype(picture.dtype)).by, strict=True):
            total += weight * by
    parts: Array = (total * (picture - baseline)).astype(picture.dtype)
    return parts


def completeness_error(objective: Objective, picture: Array, baseline: Array, parts: NDArray[Any]) -> float:
    """Return by how much the parts miss what they should add up to: the value's way from the baseline's.

    Args:
        objective: The value.
        picture: `(H, W, C)`.
        baseline: What the parts were worked out against.
        parts: `(H, W, C)`.
    """
    there, here = objective.values(np.stack([baseline, picture]))
    return float(np.sum(parts, dtype=np.float64) - (here - there))
