"""The rectified linear unit with a learned slope."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cnnviz.initializers import Initializer, Zeros
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
from cnnviz.layers.rules import Rule, bend
from cnnviz.ops.activations.rectifiers import parametric_relu


class PReLU(Layer, frozen=True, kw_only=True):
    """Multiplies what is negative by a learned slope, one for every value unless axes share theirs."""

    bends: ClassVar[bool] = True
    rule: ClassVar[Rule] = bend("x where positive, else alpha * x, alpha learned", keeps_values=True)

    alpha_initializer: Initializer = Zeros()
    shared_axes: int | tuple[int, ...] | None = None

    def output_shape(self, *shapes: Shape) -> Shape:
        self._alpha_shape(shapes[0])
        return shapes[0]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        return {"alpha": WeightSpec(self._alpha_shape(shapes[0]), self.alpha_initializer)}

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return parametric_relu(weights["alpha"].astype(dtype))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.ops.gradients.activations import train_parametric_relu

        def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
            output, back = train_parametric_relu(x, weights["alpha"])

            def backward(gradient: Array) -> Gradients:
                by_x, by_alpha = back(gradient)
                return Gradients((by_x,), {"alpha": by_alpha})

            return TrainingStep(output, backward, {})

        return train

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        slopes = weights["alpha"]
        alpha = slopes[tuple(0 if length == 1 else at for at, length in zip(place, slopes.shape, strict=True))]
        words = "What is positive is passed on as it is, what is negative times the slope learned for this place."
        expression = "x if x > 0 else alpha * x"

        def rectify(x: Array) -> Array:
            return parametric_relu(np.array([alpha], np.float64))(np.atleast_1d(x)).reshape(np.shape(x))

        return explaining.bend(inputs[0], place, words, "prelu", expression, {"alpha": float(alpha)}, rectify)

    def _alpha_shape(self, shape: Shape) -> Shape:
        shared = resolve_axes(self.shared_axes or (), shape, "shared_axes")
        return tuple(1 if axis in shared else length for axis, length in enumerate(shape, 1))
