"""Values times learned numbers, plus learned numbers, each value with its own."""

from __future__ import annotations

from typing import Any, ClassVar

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
from cnnviz.layers.rules import Rule, bend
from cnnviz.ops.normalization import rescale


class ElementwiseAffine(Layer, frozen=True, kw_only=True):
    """Multiplies every value by a learned number and adds another, each value its own unless axes share theirs.

    With `scale: false` nothing is multiplied, as where positions are marked; with `center: false` nothing is added.
    """

    in_keras: ClassVar[bool] = False

    scale: bool = True
    center: bool = True
    gamma_initializer: Initializer = Ones()
    beta_initializer: Initializer = Zeros()
    shared_axes: int | tuple[int, ...] | None = None

    def check(self) -> None:
        if not (self.scale or self.center):
            raise LayerError("does nothing without `scale` and `center`", "center")

    def output_shape(self, *shapes: Shape) -> Shape:
        self._weight_shape(shapes[0])
        return shapes[0]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        shape = self._weight_shape(shapes[0])
        gamma = {"gamma": WeightSpec(shape, self.gamma_initializer)} if self.scale else {}
        beta = {"beta": WeightSpec(shape, self.beta_initializer)} if self.center else {}
        return gamma | beta

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        given = {name: array.astype(dtype) for name, array in weights.items()}
        return rescale(given.get("gamma", np.ones(1, dtype)), given.get("beta"))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.ops.reductions import sum_to

        along = (1, *self._weight_shape(shapes[0]))

        def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
            gamma = weights.get("gamma", np.ones(1, dtype))

            def backward(gradient: Array) -> Gradients:
                found = {"gamma": sum_to(gradient * x, along)[0]} if self.scale else {}
                if self.center:
                    found["beta"] = sum_to(gradient, along)[0]
                return Gradients((gradient * gamma,), found)

            return TrainingStep(rescale(gamma, weights.get("beta"))(x), backward, {})

        return train

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        return bend(f"{self._expression()}, each place its own" if not self.shared_axes else self._expression())

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        own = {
            name: float(array[tuple(0 if length == 1 else at for at, length in zip(place, array.shape, strict=True))])
            for name, array in weights.items()
        }
        gamma, beta = own.get("gamma", 1.0), own.get("beta", 0.0)
        words = " ".join(
            (
                "The value times the number learned for it," if self.scale else "The value,",
                "plus the one learned to be added." if self.center else "and nothing added.",
            )
        )
        bent = explaining.bend(inputs[0], place, words, "affine", self._expression(), own, lambda x: x * gamma + beta)
        x = float(bent.stages[0].patches[0].values[0, 0, 0])
        off = 4 * (abs(gamma * x) + abs(beta))
        return bent._replace(rounding=lambda unit: off * unit)

    def _expression(self) -> str:
        return " + ".join(("gamma * x" if self.scale else "x", *["beta"] * self.center))

    def _weight_shape(self, shape: Shape) -> Shape:
        shared = resolve_axes(self.shared_axes or (), shape, "shared_axes")
        return tuple(1 if axis in shared else length for axis, length in enumerate(shape, 1))
