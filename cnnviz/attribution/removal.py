"""Deletion and insertion: what becomes of the value while the pixels of a heat map are taken away or put in.

(Petsiuk et al. 2018.) A heat map that found what matters lets the value fall fast, or rise fast; one that did not is no
better than pixels in random order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.objective import Objective
from cnnviz.layers.base import Array

Curve = NDArray[np.float64]


class Curves(NamedTuple):
    """The value along both ways.

    Attributes:
        parts: Which part of the pixels has been taken away or put in, from 0 to 1.
        deletion: The value while pixels of the picture give way to the baseline's, the most important first.
        insertion: The value while pixels of the picture take the place of the baseline's, the most important first.
        random_deletion: The mean of the same in random orders.
        random_insertion: The mean of the same in random orders.
    """

    parts: Curve
    deletion: Curve
    insertion: Curve
    random_deletion: Curve
    random_insertion: Curve


class RemovalTest:
    """Deletion and insertion for one picture: what is the same for every heat map is worked out once.

    Args:
        objective: The value; of a class the probability is looked at.
        picture: `(H, W, C)`.
        baseline: What stands where a pixel is missing, in the same shape.
        steps: Into how many parts the pixels are taken.
        orders: How many random orders to compare with.
        seed: Seed of the random orders.
    """

    def __init__(
        self,
        objective: Objective,
        picture: Array,
        baseline: Array,
        steps: int = 20,
        orders: int = 4,
        seed: int = 0,
    ) -> None:
        self._objective = objective
        self._picture = picture
        self._baseline = baseline
        pixels = picture.shape[0] * picture.shape[1]
        self._counts = [round(pixels * step / steps) for step in range(min(steps, pixels) + 1)]
        self._counts[-1] = pixels
        generator = np.random.default_rng(seed)
        ways = [self._ways(generator.permutation(pixels)) for _ in range(orders)]
        self._random = [np.mean(curves, axis=0) for curves in zip(*ways, strict=True)]

    def curves(self, heat: NDArray[np.float64]) -> Curves:
        """Take a heat map's pixels away and put them in.

        Args:
            heat: `(H, W)`: the higher, the more important; what is not a number comes last.
        """
        order = np.argsort(-np.where(np.isnan(heat), -np.inf, heat), axis=None, kind="stable")
        deletion, insertion = self._ways(order)
        parts = np.array(self._counts) / self._counts[-1]
        return Curves(parts, deletion, insertion, *self._random)

    def _ways(self, order: NDArray[np.int64]) -> tuple[Curve, Curve]:
        return self._way(order, self._picture, self._baseline), self._way(order, self._baseline, self._picture)

    def _way(self, order: NDArray[np.int64], start: Array, end: Array) -> Curve:
        size, found = self._objective.together, []
        others = end.reshape(-1, start.shape[2])
        for first in range(0, len(self._counts), size):
            counts = self._counts[first : first + size]
            pictures = np.repeat(start[None], len(counts), axis=0)
            for picture, count in zip(pictures.reshape(len(counts), -1, start.shape[2]), counts, strict=True):
                picture[order[:count]] = others[order[:count]]
            found.append(self._objective.shares(pictures))
        return np.concatenate(found)


def area(curve: Curve, parts: Curve) -> float:
    """Return the area below a curve: the mean of the value on the way."""
    return float(np.trapezoid(curve, parts))
