"""Normalisation of each input by its own statistics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.initializers import Initializer, Ones, Zeros
from cnnviz.layers import explaining
from cnnviz.layers.axes import is_spatial, resolve_axes
from cnnviz.layers.base import (
    Array,
    Forward,
    Layer,
    Place,
    Shape,
    TrainingForward,
    TrainingStep,
    Weights,
    WeightSpec,
)
from cnnviz.layers.fields import NonNegativeFloat
from cnnviz.layers.normalizing import scaling, scaling_specs, without_variance
from cnnviz.layers.reading import Reads, own_place
from cnnviz.layers.rules import Rule, bend
from cnnviz.ops.normalization import normalize


class LayerNormalization(Layer, frozen=True, kw_only=True):
    """Gives the values along the axes mean 0 and variance 1, then scales and shifts them by learned amounts.

    `gamma * (x - mean) / sqrt(variance + epsilon) + beta` (Ba et al. 2016); by default over the channels of each
    pixel.
    """

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
        return scaling_specs(
            shape,
            self.gamma_initializer if self.scale else None,
            self.beta_initializer if self.center else None,
        )

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return (own_place(shapes[0], tuple(axis - 1 for axis in self._axes(shapes[0]))),)

    def workspace(self, *shapes: Shape) -> int:
        return prod(shapes[0]) if is_spatial(self._axes(shapes[0]), shapes[0]) else 0

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        axes = self._axes(shapes[0])
        along = tuple(length if axis in axes else 1 for axis, length in enumerate(shapes[0], 1))
        gamma, beta = scaling(weights, dtype, along)

        return partial(normalize, axes=axes, epsilon=self.epsilon, gamma=gamma, beta=beta)

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import train_normalized

        axes = self._axes(shapes[0])
        along = tuple(length if axis in axes else 1 for axis, length in enumerate(shapes[0], 1))

        def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
            step, _ = train_normalized(x, weights, along, axes, self.epsilon)
            return step

        return train

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        return bend("gamma * (x - mean) / sqrt(variance + epsilon) + beta, mean and variance of this image")

    def why_nonfinite(self, weights: Weights, maps: Sequence[int], *shapes: Shape) -> str | None:
        return without_variance(self.epsilon)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        axes = self._axes(inputs[0].shape)
        patch = explaining.whole(inputs[0], axes, place)
        own = {name: float(array[tuple(place[axis - 1] for axis in axes)]) for name, array in weights.items()}
        words = f"The {patch.read.size:,} values along the axes get mean 0 and variance 1 together" + (
            "; then each is scaled or shifted by what was learned for its place." if own else "."
        )
        return explaining.normalized(patch, self.epsilon, own, words)

    def _axes(self, shape: Shape) -> tuple[int, ...]:
        """Return the axes in the order in which Keras writes its weights: sorted as they were given."""
        axes = (self.axis,) if isinstance(self.axis, int) else sorted(self.axis)
        return resolve_axes(axes, shape)
