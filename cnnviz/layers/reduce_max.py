"""Maximum along axes."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Place, Shape, TrainingForward, Weights
from cnnviz.layers.reducing import Reduction
from cnnviz.layers.rules import Rule
from cnnviz.ops.reductions import maximum


class ReduceMax(Reduction, frozen=True, kw_only=True):
    """Keeps the largest value along some axes, such as that of all channels of a pixel (ONNX's ReduceMax)."""

    in_keras: ClassVar[bool] = False
    rule: ClassVar[Rule] = Rule("reduce", {"words": "largest"}, keeps_values=True)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(maximum, axes=self.resolved(shapes[0]), keepdims=not self.squeezed(shapes[0]))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights

        axes, forward = self.resolved(shapes[0]), self.prepare({}, dtype, *shapes)

        def train(x: Array) -> tuple[Array, Any]:
            kept = tuple(1 if axis in axes else length for axis, length in enumerate(x.shape))
            order = (*(axis for axis in range(x.ndim) if axis not in axes), *axes)

            def backward(gradient: Array) -> Array:
                # Of several that are the largest, the first one gets it.
                rows = x.transpose(order).reshape(-1, self.count(x.shape[1:]))
                out = np.zeros_like(rows)
                out[np.arange(len(rows)), rows.argmax(axis=1)] = gradient.reshape(kept).transpose(order).reshape(-1)
                wide = out.reshape([x.shape[axis] for axis in order])
                return wide.transpose(np.argsort(order))

            return forward(x), backward

        return without_weights(train)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        patch = self.all_read(place, inputs[0])
        words = f"The largest of {patch.read.size:,} values along the axes that are taken together wins."
        return explaining.largest(patch, words)
