"""Axes in another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers.base import POINTWISE, Array, Forward, Layer, Shape, Weights, Window, show


class Permute(Layer, frozen=True, kw_only=True):
    """Puts the axes in another order, counted from 1: `[2, 1, 3]` swaps height and width."""

    dims: tuple[int, ...]

    def check(self) -> None:
        if not self.dims or sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise LayerError(
                f"`dims` (={list(self.dims)}) must name every axis once, counted from 1, such as [2, 1, 3]", "dims"
            )

    def output_shape(self, *shapes: Shape) -> Shape:
        if len(self.dims) != len(shapes[0]):
            raise LayerError(
                f"`dims` (={list(self.dims)}) must have {len(shapes[0])} axes for an input of {show(shapes[0])}",
                "dims",
            )
        return tuple(shapes[0][axis - 1] for axis in self.dims)

    def window(self, *shapes: Shape) -> Window | None:
        return POINTWISE if self.dims[:2] == (1, 2) else None

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        def permute(x: Array) -> Array:
            return x.transpose(0, *self.dims)

        return permute
