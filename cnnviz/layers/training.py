"""What the kinds share of going backwards. Nothing of inference imports it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cnnviz.layers.base import Array, Gradients, Shape, TrainingForward, TrainingStep, Weights
from cnnviz.ops.activations import find_activation
from cnnviz.ops.gradients.activations import train_activation
from cnnviz.ops.gradients.normalization import TrainedNormalization, train_normalization
from cnnviz.ops.gradients.pullback import Trained, TrainedKernel

Found = tuple[Callable[[], Array], Mapping[str, Callable[[], Array]]]
"""What works out the gradient by the input, and by each weight."""


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

        def back_to(gradient: Array) -> Found:
            by = back(gradient)
            found = {"kernel": by.kernel, "bias": by.bias}
            return by.x, {name: found[name] for name in weights}

        return weighted_step(output, back_to)

    return train


def weighted_step(output: Array, back: Callable[[Array], Found]) -> TrainingStep:
    """Make the training step of a layer with one input, whose gradients are worked out as they are asked for.

    Args:
        output: The output.
        back: The gradient by the output to what works out those by the input and by each weight.
    """

    def backward(gradient: Array) -> Gradients:
        by_input, by_weights = back(gradient)
        return Gradients((by_input(),), {name: work() for name, work in by_weights.items()})

    def to_weights(gradient: Array) -> dict[str, Array]:
        return {name: work() for name, work in back(gradient)[1].items()}

    return TrainingStep(output, backward, {}, to_weights, lambda gradient: (back(gradient)[0](),))


def followed_by(activation: str | None, train: TrainingForward) -> TrainingForward:
    """Let an activation follow a training step.

    Args:
        activation: The activation's name; None for none.
        train: The step.
    """
    activate = train_activation(find_activation(activation))

    def train_both(weights: Weights, generator: np.random.Generator, *inputs: Array) -> TrainingStep:
        step = train(weights, generator, *inputs)
        output, back = activate(step.output)
        weights_alone, inputs_alone = step.backward_weights, step.backward_inputs
        return TrainingStep(
            output,
            lambda gradient: step.backward(back(gradient)),
            step.updates,
            None if weights_alone is None else lambda gradient: weights_alone(back(gradient)),
            None if inputs_alone is None else lambda gradient: inputs_alone(back(gradient)),
        )

    return train_both


def train_normalized(
    x: Array, weights: Weights, along: Shape, axes: Sequence[int], epsilon: float
) -> tuple[TrainingStep, TrainedNormalization]:
    """Run the training step of a layer that normalises by statistics of what passes through.

    Args:
        x: The input, with the batch axis.
        weights: With `gamma` or `beta` or both.
        along: Their shape against the input, without the batch axis.
        axes: The axes over which mean and variance are taken, counted with the batch.
        epsilon: Added to the variance.

    Returns:
        The step, and what it came from.
    """
    own = {name: weights[name].reshape(1, *along) for name in ("gamma", "beta") if name in weights}
    normalized = train_normalization(x, axes, epsilon, **own)

    def backward(gradient: Array) -> Gradients:
        by = normalized.backward(gradient)
        found = {"gamma": by.gamma, "beta": by.beta}
        return Gradients(
            (by.x,), {name: grad.reshape(weights[name].shape) for name, grad in found.items() if grad is not None}
        )

    return TrainingStep(normalized.output, backward, {}), normalized
