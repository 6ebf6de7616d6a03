"""The exponential linear unit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.layers.activation import passing
from cnnviz.layers.base import Array, Forward, Layer, Shape, TrainingForward, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.ops.activations import elu

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place


class ELU(Elementwise, frozen=True, kw_only=True):
    """Bends what is negative smoothly towards `-alpha` and leaves what is positive as it is."""

    bends: ClassVar[bool] = True

    alpha: float = 1.0

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(elu, alpha=self.alpha)

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.activations import elu_slope, train_elementwise

        slope = partial(elu_slope, alpha=self.alpha)
        return without_weights(train_elementwise(self.prepare({}, dtype, *shapes), slope))

    def after_shares(self, *shapes: Shape) -> Layer:
        return passing(self)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.points import explain_bend

        words = "What is positive is passed on as it is, what is negative bent towards -alpha; no other value matters."
        expression, operands = "x if x > 0 else alpha * (exp(x) - 1)", {"alpha": self.alpha}
        return explain_bend(inputs[0], place, words, "elu", expression, operands, elu, **operands)
