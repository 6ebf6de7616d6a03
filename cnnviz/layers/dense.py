"""A fully connected layer."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any, ClassVar

import numpy as np
from msgspec.structs import replace

from cnnviz.initializers import GlorotUniform, Initializer, Zeros
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights, WeightSpec
from cnnviz.layers.fields import Activation, Positive
from cnnviz.layers.reading import Reads, own_place
from cnnviz.layers.rounding import Rounding, largest_sum, lazily, magnitudes, units
from cnnviz.layers.rules import Rule
from cnnviz.ops.activations import activate
from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.points import PointSums
from cnnviz.ops.convolution.problem import Problem
from cnnviz.ops.dense import LARGE, outputs_at, plan_dense, weighed_at
from cnnviz.ops.sliding import Sliding


class Dense(Layer, frozen=True, kw_only=True):
    """Weighs every input for every unit; on maps, every channel of a pixel for every new channel."""

    rounds: ClassVar[bool] = True

    units: Positive
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = GlorotUniform()
    bias_initializer: Initializer = Zeros()

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*shapes[0][:-1], self.units)

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        specs = {"kernel": WeightSpec((shapes[0][-1], self.units), self.kernel_initializer)}
        if self.use_bias:
            specs["bias"] = WeightSpec((self.units,), self.bias_initializer)
        return specs

    def effective_kernel(self, weights: Weights, *shapes: Shape) -> Array | None:
        return weights["kernel"][None, None]

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        return Rule("dense") if len(shapes[0]) == 1 else Rule("weigh", {"groups": 1})

    def macs(self, *shapes: Shape) -> int:
        return prod(shapes[0]) * self.units

    def prepared(self, *shapes: Shape) -> int:
        # A large kernel is read as it is.
        return 0 if len(shapes[0]) == 1 and shapes[0][0] * self.units >= LARGE else super().prepared(*shapes)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return (own_place(shapes[0], (len(shapes[0]) - 1,)),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        kernel, bias = weights["kernel"], weights["bias"] if self.use_bias else None
        if len(shapes[0]) == 1:
            return activate(plan_dense(kernel, bias, dtype), self.activation)
        pointwise = plan_convolution(
            kernel.astype(dtype)[None, None], None if bias is None else bias.astype(dtype), Sliding.over(shapes[0])
        )
        return activate(pointwise, self.activation)

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        kernel = weights["kernel"]
        bare = replace(self, activation=None, use_bias=False)
        points = None
        if len(shapes[0]) == 3:
            points = PointSums(Problem(kernel.astype(dtype, copy=False)[None, None], None, Sliding.over(shapes[0])))
        return Rounding(
            units=units(len(kernel) + self.use_bias),
            gain=largest_sum(kernel),
            bias=weights["bias"] if self.use_bias else 0.0,
            sums=lazily(lambda: bare.prepare(magnitudes(weights), dtype, *shapes)),
            some=points or partial(weighed_at, kernel),
            values=points.values if points else partial(outputs_at, kernel),
            limits=points.limits if points else None,
        )

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import followed_by, with_kernel
        from cnnviz.ops.gradients.convolution import train_convolution
        from cnnviz.ops.gradients.correlation import correlation
        from cnnviz.ops.gradients.dense import train_dense

        if len(shapes[0]) == 1:
            return followed_by(self.activation, with_kernel(train_dense))
        pointwise = correlation(Sliding.over(shapes[0]), shapes[0][2], self.units, dtype)
        return followed_by(self.activation, with_kernel(train_convolution(pointwise)))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        row, column, unit = place if len(place) == 3 else (0, 0, *place)
        channels = range(inputs[0].shape[-1])

        def weigh(unit: int) -> tuple[explaining.Patch, None]:
            return explaining.window(inputs[0], [row], [column], channels, weights["kernel"][:, unit]), None

        what = f"Each of the {len(channels):,} inputs" if len(place) == 1 else "Each channel of the pixel"
        words = f"{what} times its weight for unit {unit}, all added up."
        return explaining.weighted_sum(weigh, unit, self.units, words, self.activation, weights.get("bias"))
