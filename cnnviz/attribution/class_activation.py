"""Class activation maps: a layer's maps, weighed by what the value hangs on.

Names and definitions are those of pytorch-grad-cam. Each takes the value and one picture, `(H, W, C)`, and returns a
map of the layer's size, `(height, width)`, which is not negative.
"""

from __future__ import annotations

import numpy as np

from cnnviz.attribution.objective import Objective
from cnnviz.layers.base import Array


def grad_cam(objective: Objective, picture: Array, layer: str) -> Array:
    """Weigh each map by the mean of its gradient (Selvaraju et al. 2017).

    Args:
        objective: The value.
        picture: `(H, W, C)`.
        layer: A layer with a height and a width.
    """
    by, maps = _pass(objective, picture, layer)
    return weighed_maps(maps, by)


def weighed_maps(maps: Array, by: Array) -> Array:
    """Weigh maps by the means of their gradients, and keep what is above zero.

    Args:
        maps: `(height, width, channels)`.
        by: The gradients, in the same shape.
    """
    return _positive(maps @ by.mean(axis=(0, 1)))


def grad_cam_plus_plus(objective: Objective, picture: Array, layer: str) -> Array:
    """Weigh each map by its positive gradients, each by its share in the map (Chattopadhay et al. 2018).

    Args:
        objective: The value.
        picture: `(H, W, C)`.
        layer: A layer with a height and a width.
    """
    by, maps = _pass(objective, picture, layer)
    square = by**2
    # pytorch-grad-cam keeps the division from zero by as much.
    share = square / (2 * square + maps.sum(axis=(0, 1)) * square * by + 1e-6)
    share[by == 0] = 0
    return _positive(maps @ (np.maximum(by, 0) * share).sum(axis=(0, 1)))


def hires_cam(objective: Objective, picture: Array, layer: str) -> Array:
    """Weigh every value of the maps by its own gradient (Draelos and Carin 2020).

    Where a network flattens its maps, each place has weights of its own, of which a mean gradient says little.

    Args:
        objective: The value.
        picture: `(H, W, C)`.
        layer: A layer with a height and a width.
    """
    by, maps = _pass(objective, picture, layer)
    return _positive((by * maps).sum(axis=2))


def layer_cam(objective: Objective, picture: Array, layer: str) -> Array:
    """Weigh every value of the maps by its own positive gradient (Jiang et al. 2021).

    Args:
        objective: The value.
        picture: `(H, W, C)`.
        layer: A layer with a height and a width.
    """
    by, maps = _pass(objective, picture, layer)
    return _positive((np.maximum(by, 0) * maps).sum(axis=2))


def _pass(objective: Objective, picture: Array, layer: str) -> tuple[Array, Array]:
    found = objective.gradients(picture[None], layer)
    return found.by[0], found.tensor[0]


def _positive(heat: Array) -> Array:
    kept: Array = np.maximum(heat, 0)
    return kept
