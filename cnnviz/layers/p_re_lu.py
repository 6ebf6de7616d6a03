"""The rectified linear unit with a learned slope."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cnnviz.initializers import Initializer, Zeros
from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import Forward, Shape, Weights, WeightSpec
from cnnviz.layers.elementwise import Elementwise
from cnnviz.ops.activations import parametric_relu


class PReLU(Elementwise, frozen=True, kw_only=True):
    """Multiplies what is negative by a learned slope, one for every value unless axes share theirs."""

    alpha_initializer: Initializer = Zeros()
    shared_axes: int | tuple[int, ...] | None = None

    def output_shape(self, *shapes: Shape) -> Shape:
        self._alpha_shape(shapes[0])
        return shapes[0]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        return {"alpha": WeightSpec(self._alpha_shape(shapes[0]), self.alpha_initializer)}

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        alpha = weights["alpha"].astype(dtype)

        return partial(parametric_relu, alpha=alpha)

    def _alpha_shape(self, shape: Shape) -> Shape:
        shared = resolve_axes(self.shared_axes or (), shape, "shared_axes")
        return tuple(1 if axis in shared else length for axis, length in enumerate(shape, 1))
