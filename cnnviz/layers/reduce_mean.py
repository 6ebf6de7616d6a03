"""Mean along axes."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Place, Shape, TrainingForward, Weights
from cnnviz.layers.reducing import Reduction
from cnnviz.layers.rounding import Rounding, units
from cnnviz.layers.rules import Rule
from cnnviz.ops.reductions import mean


class ReduceMean(Reduction, frozen=True, kw_only=True):
    """Takes the mean along some axes, such as that of all channels of a pixel (ONNX's ReduceMean)."""

    in_keras: ClassVar[bool] = False
    rounds: ClassVar[bool] = True
    rule: ClassVar[Rule] = Rule("reduce", {"words": "mean"})

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(mean, axes=self.resolved(shapes[0]), keepdims=not self.squeezed(shapes[0]))

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        # Summed up in float64 whatever the type.
        single = np.dtype(dtype).itemsize < 8
        return Rounding(
            2.0 if single else units(self.count(shapes[0])), 1.0, 0.0, self.prepare(weights, dtype, *shapes)
        )

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights

        axes, count, forward = self.resolved(shapes[0]), self.count(shapes[0]), self.prepare({}, dtype, *shapes)

        def train(x: Array) -> tuple[Array, Any]:
            kept = tuple(1 if axis in axes else length for axis, length in enumerate(x.shape))

            def backward(gradient: Array) -> Array:
                return np.broadcast_to((gradient / count).reshape(kept), x.shape)

            return forward(x), backward

        return without_weights(train)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        patch = self.all_read(place, inputs[0])._replace(chosen=None)
        return explaining.mean(patch, f"The mean of {patch.read.size:,} values along the axes that are taken together.")
