"""The sanity check of Adebayo et al. (2018): a map that does not change with the weights says nothing of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.objective import Objective
from cnnviz.layers.base import Array

Heat = NDArray[np.float64]


class Randomised(NamedTuple):
    """What became of a map when weights were shuffled.

    Attributes:
        down_to: Name of the lowest layer whose weights were shuffled, with those of all layers behind it.
        similarity: Rank correlation (Spearman's) of the magnitudes with those of the map, where either is not zero;
            1 for a map that stayed as it was, 0 for one that has nothing in common with it.
    """

    down_to: str
    similarity: float


def randomised_objectives(objective: Objective, stages: int = 5, seed: int = 0) -> Iterator[tuple[str, Objective]]:
    """Shuffle the weights of more and more layers, from the last one down.

    Numbers keep their sizes and lose their places. What a layer gathered of what passed through it stays,
    such as means and variances.

    Args:
        objective: The value.
        stages: At most how many.
        seed: Seed.

    Yields:
        The lowest layer that was shuffled, and the value of the network that came of it: one network at a time, for all
        of them may not fit.
    """
    weighted = [node for node in reversed(objective.network.nodes) if node.weights]
    # The last layer alone, then evenly down to the first.
    picked = {round(at) for at in np.linspace(0, len(weighted) - 1, stages)} if weighted else set()
    shuffled: dict[str, dict[str, Array]] = {}
    for at, node in enumerate(weighted):
        name = node.layer.name
        generator = np.random.default_rng([seed, crc32(name.encode())])
        shuffled[name] = {
            weight: _shuffled(array, generator) if node.weights[weight].learned else array
            for weight, array in objective.network.weights[name].items()
        }
        if at in picked:
            yield name, objective.with_weights(shuffled)


def _shuffled(array: Array, generator: np.random.Generator) -> Array:
    return generator.permutation(array.reshape(-1)).reshape(array.shape)


def similarity(one: Heat, other: Heat) -> float:
    """Return Spearman's rank correlation of two maps' magnitudes, where either is not zero.

    Args:
        one: `(H, W)`.
        other: In the same shape.

    Returns:
        From -1 to 1; 0 where one of them is flat or not finite.
    """
    first, second = one.reshape(-1), other.reshape(-1)
    where = (first != 0) | (second != 0)
    first, second = first[where], second[where]
    if first.size < 2 or not (np.isfinite(first).all() and np.isfinite(second).all()):
        return 0.0
    ranks = [_ranks(values) for values in (first, second)]
    spread = [float(rank.std()) for rank in ranks]
    if not all(spread):
        return 0.0
    together = np.mean((ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean()))
    return float(np.clip(together / (spread[0] * spread[1]), -1, 1))


def _ranks(values: Heat) -> Heat:
    """Return the rank of each value; equal ones share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]
