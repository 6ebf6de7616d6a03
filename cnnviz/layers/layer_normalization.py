"""Normalisation of each input by its own statistics."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.initializers import Initializer, Ones, Zeros
from cnnviz.layers.axes import is_spatial, resolve_axes
from cnnviz.layers.base import POINTWISE, Forward, Shape, Weights, WeightSpec, Window
from cnnviz.layers.elementwise import Elementwise
from cnnviz.layers.fields import NonNegativeFloat
from cnnviz.ops.normalization import normalize


class LayerNormalization(Elementwise, frozen=True, kw_only=True):
    """Gives the values along the axes mean 0 and variance 1, then scales and shifts them by learned amounts.

    `gamma * (x - mean) / sqrt(variance + epsilon) + beta` (Ba et al. 2016); by default over the channels of each
    pixel.
    """

    rounds: ClassVar[bool] = True

    axis: int | tuple[int, ...] = -1
    epsilon: NonNegativeFloat = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = Zeros()
    gamma_initializer: Initializer = Ones()

    def check(self) -> None:
        if self.axis == ():
            raise LayerError("`axis` must name at least one axis", "axis")

    def output_shape(self, *shapes: Shape) -> Shape:
        resolve_axes(self.axis, shapes[0])
        return shapes[0]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        shape = tuple(shapes[0][axis - 1] for axis in self._axes(shapes[0]))
        specs = {}
        if self.scale:
            specs["gamma"] = WeightSpec(shape, self.gamma_initializer)
        if self.center:
            specs["beta"] = WeightSpec(shape, self.beta_initializer)
        return specs

    def window(self, *shapes: Shape) -> Window | None:
        return None if is_spatial(self._axes(shapes[0]), shapes[0]) else POINTWISE

    def workspace(self, *shapes: Shape) -> int:
        return prod(shapes[0]) if is_spatial(self._axes(shapes[0]), shapes[0]) else 0

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        axes = self._axes(shapes[0])
        along = [length if axis in axes else 1 for axis, length in enumerate(shapes[0], 1)]
        gamma, beta = (
            weights[name].astype(dtype).reshape(along) if name in weights else None for name in ("gamma", "beta")
        )

        return partial(normalize, axes=axes, epsilon=self.epsilon, gamma=gamma, beta=beta)

    def _axes(self, shape: Shape) -> tuple[int, ...]:
        """Return the axes in the order in which Keras writes its weights: sorted as they were given."""
        axes = (self.axis,) if isinstance(self.axis, int) else sorted(self.axis)
        return resolve_axes(axes, shape)
