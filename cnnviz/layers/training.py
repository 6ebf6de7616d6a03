"""What the kinds share of going backwards. Nothing of inference imports it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnviz.layers.base import Array, Gradients, TrainingForward, TrainingStep, Weights
from cnnviz.ops.gradients.activations import train_activation
from cnnviz.ops.gradients.pullback import Trained, TrainedKernel


def without_weights(function: Callable[[Array], Trained]) -> TrainingForward:
    """Make the training step of a layer with one input and no weights.

    Args:
        function: The input to the output and the way back.
    """

    def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
        output, back = function(x)
        return TrainingStep(output, lambda gradient: Gradients((back(gradient),), {}), {})

    return train


def with_kernel(function: Callable[[Array, Array, Array | None], TrainedKernel]) -> TrainingForward:
    """Make the training step of a layer with one input, a `kernel` and perhaps a `bias`.

    Args:
        function: The input, the kernel, and the bias or None, to the output and the way back.
    """

    def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
        output, back = function(x, weights["kernel"], weights.get("bias"))

        def backward(gradient: Array) -> Gradients:
            by = back(gradient)
            found = {"kernel": by.kernel, "bias": by.bias}
            return Gradients((by.x,), {name: found[name] for name in weights})

        return TrainingStep(output, backward, {})

    return train


def followed_by(activation: str | None, train: TrainingForward) -> TrainingForward:
    """Let an activation follow a training step.

    Args:
        activation: The activation's name; None for none.
        train: The step.
    """
    if activation is None or activation == "linear":
        return train
    activate = train_activation(activation)

    def train_both(weights: Weights, generator: np.random.Generator, *inputs: Array) -> TrainingStep:
        step = train(weights, generator, *inputs)
        output, back = activate(step.output)
        return step._replace(output=output, backward=lambda gradient: step.backward(back(gradient)))

    return train_both
