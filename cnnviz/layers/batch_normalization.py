"""Normalisation by statistics learned in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

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
from cnnviz.layers.normalizing import scaling_specs
from cnnviz.layers.rules import Rule, bend, finite
from cnnviz.ops.normalization import scale_and_shift

_LISTED = 4096
"""Channels whose numbers the page is told, the first."""


class BatchNormalization(Layer, frozen=True, kw_only=True):
    """Shifts and scales each channel by the mean and variance that it had in training.

    `gamma * (x - moving_mean) / sqrt(moving_variance + epsilon) + beta` (Ioffe and Szegedy 2015). In training mean and
    variance are the batch's own, and the moving ones keep `momentum` of what they were; with `trainable: false` it
    works as outside training.
    """

    axis: int = -1
    momentum: NonNegativeFloat = 0.99
    epsilon: NonNegativeFloat = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = Zeros()
    gamma_initializer: Initializer = Ones()
    moving_mean_initializer: Initializer = Zeros()
    moving_variance_initializer: Initializer = Ones()

    def output_shape(self, *shapes: Shape) -> Shape:
        resolve_axes(self.axis, shapes[0])
        return shapes[0]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        (axis,) = resolve_axes(self.axis, shapes[0])
        shape = (shapes[0][axis - 1],)
        specs = scaling_specs(
            shape,
            self.gamma_initializer if self.scale else None,
            self.beta_initializer if self.center else None,
        )
        specs["moving_mean"] = WeightSpec(shape, self.moving_mean_initializer, learned=False)
        specs["moving_variance"] = WeightSpec(shape, self.moving_variance_initializer, learned=False)
        return specs

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        (axis,) = resolve_axes(self.axis, shapes[0])
        along = tuple(-1 if place == axis else 1 for place in range(1, len(shapes[0]) + 1))
        factor = self._factor(weights)
        return scale_and_shift(
            center=weights["moving_mean"].astype(dtype).reshape(along),
            factor=factor.astype(dtype).reshape(along),
            offset=weights["beta"].astype(dtype).reshape(along) if self.center else None,
        )

    def _factor(self, weights: Weights) -> Array:
        """Return what each channel is multiplied by, in float64."""
        factor = 1 / np.sqrt(weights["moving_variance"].astype(np.float64) + self.epsilon)
        return factor * weights["gamma"] if self.scale else factor

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import train_normalized

        (axis,) = resolve_axes(self.axis, shapes[0])
        axes = tuple(place for place in range(len(shapes[0]) + 1) if place != axis)
        along = tuple(length if place == axis else 1 for place, length in enumerate(shapes[0], 1))

        def pass_through(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
            """Go on with the statistics that there are, as Keras does where the layer is frozen."""
            output = self.prepare(weights, dtype, *shapes)(x)
            factor = self._factor(weights).astype(dtype).reshape(along)
            return TrainingStep(output, lambda gradient: Gradients((gradient * factor,), {}), {})

        if not self.trainable:
            return pass_through

        def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
            step, normalized = train_normalized(x, weights, along, axes, self.epsilon)
            seen = {"moving_mean": normalized.mean, "moving_variance": normalized.variance}
            updates = {
                name: weights[name] * self.momentum + new.reshape(-1) * (1 - self.momentum)
                for name, new in seen.items()
            }
            return step._replace(updates=updates)

        return train

    def outside_training(self) -> Layer:
        return replace(self, trainable=False)

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        if resolve_axes(self.axis, shapes[0]) != (len(shapes[0]),):
            return bend("gamma * (x - moving mean) / sqrt(moving variance + epsilon) + beta")
        numbers = {name: finite(array[:_LISTED]) for name, array in weights.items()}
        return Rule("normalise", {"epsilon": self.epsilon, **numbers})

    def why_nonfinite(self, weights: Weights, maps: Sequence[int], *shapes: Shape) -> str | None:
        variance = weights["moving_variance"]
        if resolve_axes(self.axis, shapes[0]) == (3,):
            variance = variance[list(maps)]
        return "moving_variance is not positive" if (variance + self.epsilon <= 0).any() else None

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        (axis,) = resolve_axes(self.axis, inputs[0].shape)
        own = {name: float(array[place[axis - 1]]) for name, array in weights.items()}
        expression = "(x - moving_mean) / sqrt(moving_variance + epsilon)"
        expression = f"gamma * {expression}" if self.scale else expression
        expression = f"{expression} + beta" if self.center else expression
        factor = own.get("gamma", 1.0) / float(np.sqrt(own["moving_variance"] + self.epsilon))
        center, offset = own["moving_mean"], own.get("beta", 0.0)

        what = "channel" if axis == len(place) == 3 else "unit" if len(place) == 1 else ("row", "column")[axis - 1]
        words = (
            f"The mean that {what} {place[axis - 1]} had in training is taken away from the value, then it is divided "
            "by the spread that it had."
        )
        operands = {**own, "epsilon": self.epsilon}
        bent = explaining.bend(
            inputs[0], place, words, "normalised", expression, operands, lambda x: (x - center) * factor + offset
        )
        x = float(bent.stages[0].patches[0].values[0, 0, 0])
        off = 8 * (abs(factor) * (abs(x) + abs(center)) + abs(offset))
        return bent._replace(rounding=lambda unit: off * unit)
