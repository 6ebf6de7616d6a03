"""A convolution in two steps: each channel by itself, then across channels."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from msgspec.structs import replace

from cnnviz.initializers import GlorotUniform, Initializer
from cnnviz.layers import explaining
from cnnviz.layers.base import (
    Array,
    Forward,
    Place,
    Shape,
    TrainingForward,
    TrainingStep,
    Weights,
    WeightSpec,
    need_image,
)
from cnnviz.layers.convolving import Convolution
from cnnviz.layers.fields import Positive, pair
from cnnviz.layers.rounding import Rounding, lazily, magnitudes, units
from cnnviz.layers.rules import Rule
from cnnviz.ops.activations import activate
from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.two_steps import TwoStepPointSums
from cnnviz.ops.sliding import Sliding


class SeparableConv2D(Convolution, frozen=True, kw_only=True):
    """Slides filters over every channel by itself, then mixes the channels pixel by pixel: a cheaper Conv2D."""

    filters: Positive
    depth_multiplier: Positive = 1
    depthwise_initializer: Initializer = GlorotUniform()
    pointwise_initializer: Initializer = GlorotUniform()

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*self.sliding(shapes[0]).output, self.filters)

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        channels = need_image(shapes[0])[2]
        depthwise = (*pair(self.kernel_size), channels, self.depth_multiplier)
        pointwise = (1, 1, channels * self.depth_multiplier, self.filters)
        specs = {
            "depthwise_kernel": WeightSpec(depthwise, self.depthwise_initializer, field="depthwise_initializer"),
            "pointwise_kernel": WeightSpec(pointwise, self.pointwise_initializer, field="pointwise_initializer"),
        }
        if self.use_bias:
            specs["bias"] = WeightSpec((self.filters,), self.bias_initializer)
        return specs

    def effective_kernel(self, weights: Weights, *shapes: Shape) -> Array | None:
        depthwise, pointwise = weights["depthwise_kernel"], weights["pointwise_kernel"][0, 0]
        channels, multiplier = depthwise.shape[2:]
        mixing = pointwise.reshape(channels, multiplier, -1)
        kernel: Array = np.einsum("yxcm,cmf->yxcf", depthwise.astype(np.float64), mixing)
        return kernel.astype(np.float32)

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        note = "The kernel is that of both steps multiplied out: each channel's, weighed by the pointwise one."
        rule = super().page_rule(weights, *shapes)
        return rule._replace(facts={**rule.facts, "note": note})

    def macs(self, *shapes: Shape) -> int:
        height, width = pair(self.kernel_size)
        return self.workspace(*shapes) * (height * width + self.filters)

    def workspace(self, *shapes: Shape) -> int:
        rows, columns = self.sliding(shapes[0]).output
        return rows * columns * shapes[0][2] * self.depth_multiplier

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        sliding = self.sliding(shapes[0])
        kernel = weights["depthwise_kernel"].astype(dtype)
        depthwise = plan_convolution(kernel.reshape(*kernel.shape[:2], 1, -1), None, sliding, shapes[0][2])
        pointwise = plan_convolution(
            weights["pointwise_kernel"].astype(dtype),
            weights["bias"].astype(dtype) if self.use_bias else None,
            Sliding.over(sliding.output),
        )

        def convolve(x: Array) -> Array:
            return pointwise(depthwise(x))

        return activate(convolve, self.activation)

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        loud = magnitudes(weights)
        within, across = loud["depthwise_kernel"], loud["pointwise_kernel"]
        points = TwoStepPointSums(
            weights["depthwise_kernel"].astype(dtype, copy=False),
            weights["pointwise_kernel"][0, 0].astype(dtype, copy=False),
            self.sliding(shapes[0]),
        )
        return Rounding(
            units=units(prod(within.shape[:2])) + units(across.shape[2] + self.use_bias),
            gain=float((within.sum(axis=(0, 1)).reshape(-1) @ across[0, 0]).max()),
            bias=weights["bias"] if self.use_bias else 0.0,
            sums=lazily(lambda: replace(self, activation=None, use_bias=False).prepare(loud, dtype, *shapes)),
            some=points,
            values=points.values,
        )

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import Found, followed_by, weighted_step
        from cnnviz.ops.gradients.convolution import train_convolution
        from cnnviz.ops.gradients.correlation import correlation

        sliding, channels = self.sliding(shapes[0]), shapes[0][2]
        between = channels * self.depth_multiplier
        filter_channels = train_convolution(correlation(sliding, 1, between, dtype, channels))
        mix_channels = train_convolution(correlation(Sliding.over(sliding.output), between, self.filters, dtype))

        def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
            filtered, back_to_x = filter_channels(x, weights["depthwise_kernel"], None)
            output, back_to_filtered = mix_channels(filtered, weights["pointwise_kernel"], weights.get("bias"))

            def back(gradient: Array) -> Found:
                mixing = back_to_filtered(gradient)
                by = back_to_x(mixing.x())
                found = {
                    "depthwise_kernel": by.kernel,
                    "pointwise_kernel": mixing.kernel,
                    "bias": mixing.bias,
                }
                return by.x, {name: found[name] for name in weights}

            return weighted_step(output, back)

        return followed_by(self.activation, train)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        rows, columns = self.sliding(inputs[0].shape).places(place)
        kernel, mixing = weights["depthwise_kernel"], weights["pointwise_kernel"][0, 0]
        channels = [channel for channel in range(inputs[0].shape[2]) for _ in range(self.depth_multiplier)]
        patch = explaining.window(inputs[0], rows, columns, channels, kernel.reshape(*kernel.shape[:2], -1))
        words = (
            f"First every channel by itself: a filter lies over the window, each of its {len(rows) * len(columns):,} "
            "weights times the value below it, the products added up to one number a filter."
        )
        depthwise = explaining.Stage(words, (patch,), (), "depthwise", "products")
        assert patch.terms is not None
        loud = abs(patch.terms).sum(axis=(0, 1))
        most = units(len(rows) * len(columns)) + units(len(channels) + 1)

        def weigh(filter_: int) -> tuple[explaining.Patch, float]:
            off = most * float(loud @ abs(mixing[:, filter_]))
            return explaining.worked_out(patch.channel_sums, mixing[:, filter_]), off

        words = f"Then filter {place[2]} mixes these {len(channels):,} numbers: each times its weight, all added up."
        return explaining.weighted_sum(
            weigh, place[2], self.filters, words, self.activation, weights.get("bias"), depthwise, "pointwise"
        )
