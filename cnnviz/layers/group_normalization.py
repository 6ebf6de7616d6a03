"""Normalisation of groups of channels by their own statistics."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.initializers import Initializer, Ones, Zeros
from cnnviz.layers import explaining
from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import (
    Array,
    Forward,
    Gradients,
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
from cnnviz.layers.reading import Along, Groups, Reads
from cnnviz.layers.rules import Rule, bend
from cnnviz.ops.normalization import normalize


class GroupNormalization(Layer, frozen=True, kw_only=True):
    """Gives the values of each group of channels mean 0 and variance 1, then scales and shifts each channel.

    `gamma * (x - mean) / sqrt(variance + epsilon) + beta` (Wu and He 2018). With `groups: -1` each channel is a group
    by itself, which is instance normalisation; with `groups: 1` all channels are normalised together.
    """

    groups: int = 32
    axis: int = -1
    epsilon: NonNegativeFloat = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = Zeros()
    gamma_initializer: Initializer = Ones()

    def check(self) -> None:
        if self.groups < 1 and self.groups != -1:
            raise LayerError(
                f"`groups` (={self.groups}) must be at least 1, or -1 for each channel by itself", "groups"
            )

    def output_shape(self, *shapes: Shape) -> Shape:
        self._split(shapes[0])
        return shapes[0]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        shape = (shapes[0][resolve_axes(self.axis, shapes[0])[0] - 1],)
        return scaling_specs(
            shape,
            self.gamma_initializer if self.scale else None,
            self.beta_initializer if self.center else None,
        )

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        split, groups, _ = self._split(shapes[0])
        axes = range(1, len(shapes[0]) + 1)
        return (tuple(Along(axis - 1, Groups(groups)) if axis == split else None for axis in axes),)

    def workspace(self, *shapes: Shape) -> int:
        return prod(shapes[0])

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        apart, along, axes = self._apart(shapes[0])
        gamma, beta = scaling(weights, dtype, along)

        def forward(x: Array) -> Array:
            out = normalize(x.reshape(len(x), *apart), axes, self.epsilon, gamma, beta)
            return out.reshape(x.shape)

        return forward

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import train_normalized

        apart, along, axes = self._apart(shapes[0])

        def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
            step, _ = train_normalized(x.reshape(len(x), *apart), weights, along, axes, self.epsilon)

            def backward(gradient: Array) -> Gradients:
                by = step.backward(gradient.reshape(len(x), *apart))
                return Gradients((by.inputs[0].reshape(x.shape),), by.weights)

            return TrainingStep(step.output.reshape(x.shape), backward, {})

        return train

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        return bend(
            "gamma * (x - mean) / sqrt(variance + epsilon) + beta, mean and variance of the group in this image"
        )

    def why_nonfinite(self, weights: Weights, maps: Sequence[int], *shapes: Shape) -> str | None:
        return without_variance(self.epsilon)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        split, _, share = self._split(inputs[0].shape)
        channel = place[split - 1]
        first = channel // share * share
        spans = [
            range(first, first + share) if axis == split else range(length)
            for axis, length in enumerate(inputs[0].shape, 1)
        ]
        patch = explaining.spanned(inputs[0], spans, place)
        own = {name: float(array[channel]) for name, array in weights.items()}
        what = ("row", "column", "channel")[split - 1] if len(place) == 3 else "unit"
        which = f"{what} {channel}" if share == 1 else f"{what}s {first} to {first + share - 1}"
        words = f"The {patch.read.size:,} values of {which} get mean 0 and variance 1 together" + (
            f"; then each is scaled or shifted by what was learned for its {what}." if own else "."
        )
        return explaining.normalized(patch, self.epsilon, own, words)

    def _split(self, shape: Shape) -> tuple[int, int, int]:
        """Return the axis that is split into groups, how many there are, and the length of each."""
        (axis,) = resolve_axes(self.axis, shape)
        length = shape[axis - 1]
        groups = length if self.groups == -1 else self.groups
        if length % groups:
            what = (
                "channels" if axis == len(shape) == 3 else "units" if len(shape) == 1 else ("rows", "columns")[axis - 1]
            )
            raise LayerError(f"`groups` (={groups}) must divide the {length} {what} of the input", "groups")
        return axis, groups, length // groups

    def _apart(self, shape: Shape) -> tuple[Shape, Shape, tuple[int, ...]]:
        """Return the input's shape with its groups as an axis of their own, the weights' against it, and the axes."""
        axis, groups, share = self._split(shape)
        apart = (*shape[: axis - 1], groups, share, *shape[axis:])
        along = tuple(length if place in (axis, axis + 1) else 1 for place, length in enumerate(apart, 1))
        return apart, along, tuple(place for place in range(1, len(apart) + 1) if place != axis)
