"""The walk and its way back: a pass of a batch through the layers, and the gradients of their weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnviz.errors import ConfigError, LayerError, Mistake
from cnnviz.layers.base import Array, Gradients, TrainingForward, TrainingStep
from cnnviz.stack.graph import INPUT, Node, leading_to, title
from cnnviz.stack.parameters import Parameters
from cnnviz.stack.walk import steps_of, walk


class _TrainingLayer(NamedTuple):
    """A layer made ready.

    Attributes:
        inputs: The names of the layers that are read.
        forward: The layer's training step.
        changes: Whether training changes its own weights.
        learns: Whether training changes it or anything before it: if not, nobody asks for a gradient there.
        passes_on: Whether training changes anything before it: if not, nobody asks for the gradients by its inputs.
    """

    inputs: tuple[str, ...]
    forward: TrainingForward
    changes: bool
    learns: bool
    passes_on: bool


class Tape:
    """A batch's way through a stack, recorded so that it can be gone back.

    Attributes:
        output: Output of the last layer.
        updates: New values of weights that change by what passes through, by layer and weight name.
    """

    def __init__(self, layers: Mapping[str, _TrainingLayer]) -> None:
        """Begin with nothing recorded."""
        self.output: Array = np.empty(0)
        self.updates: dict[str, Mapping[str, Array]] = {}
        self._layers = layers
        self._way: list[tuple[str, Callable[[Array], Gradients]]] = []

    def record(self, name: str, step: TrainingStep) -> Array:
        """Keep a layer's way back, if somebody will ask for it; returns its output.

        Args:
            name: The name of the layer.
            step: The training step of the layer.
        """
        self.output = step.output
        if step.updates:
            self.updates[name] = step.updates
        if self._layers[name].learns:
            self._way.append((name, step.backward if self._layers[name].passes_on else _to_weights(step)))
        return step.output

    def backward(self, gradient: Array, into: Parameters) -> None:
        """Go back, once, and put down the gradient of every weight that has one; the others' places are left alone.

        Args:
            gradient: Gradient of the loss by the output, in the output's shape.
            into: Takes the weights' gradients.
        """
        waiting = {self._way[-1][0]: gradient} if self._way else {}
        while self._way:
            name, backward = self._way.pop()  # each layer's memory goes as soon as it has been passed
            layer, gradients = self._layers[name], backward(waiting.pop(name))
            del backward
            if gradients.weights and layer.changes:
                into.fill({name: gradients.weights})
            if layer.passes_on:
                for source, part in zip(layer.inputs, gradients.inputs, strict=True):
                    if source in self._layers and self._layers[source].learns:
                        # A tensor that is read several times gets the sum of what every reader makes of it.
                        waiting[source] = waiting[source] + part if source in waiting else part


class TrainingGraph:
    """The layers that the last one depends on, each ready for training steps."""

    def __init__(self, nodes: Sequence[Node], dtype: np.dtype[Any]) -> None:
        """Prepare all that depends on neither examples nor weights.

        Args:
            nodes: The layers in order.
            dtype: The arithmetic's floating type.

        Raises:
            ConfigError: If there are layers that cannot be trained through.
        """
        self._layers: dict[str, _TrainingLayer] = {}
        needed = leading_to(nodes, nodes[-1].layer.name)  # a branch that leads nowhere learns nothing
        learning: set[str] = set()
        mistakes = []
        for node in needed:
            layer = node.layer
            try:
                forward = layer.prepare_training(dtype, *node.input_shapes)
            except LayerError as error:
                mistakes.append(Mistake(("layers", node.index - 1), str(error), title(layer)))
                continue
            passes_on = not learning.isdisjoint(layer.inputs)
            changes = bool(node.weights) and layer.trainable
            if changes or passes_on:
                learning.add(layer.name)
            learns = layer.name in learning
            self._layers[layer.name] = _TrainingLayer(layer.inputs, forward, changes, learns, passes_on)
        if mistakes:
            raise ConfigError(mistakes)
        self._steps = steps_of((node.layer.name, node.layer.inputs) for node in needed)

    def forward(self, weights: Parameters, generator: np.random.Generator, pixels: Array) -> Tape:
        """Take a batch through all layers.

        Args:
            weights: Weights in the graph's dtype.
            generator: For what is random in training.
            pixels: `(N, H, W, C)` in the graph's dtype, scaled as the stack wants them.
        """
        tape = Tape(self._layers)

        def compute(name: str, inputs: list[Array]) -> Array:
            return tape.record(name, self._layers[name].forward(weights.of(name), generator, *inputs))

        for _ in walk(self._steps, compute, {INPUT: pixels}):
            pass
        return tape


def _to_weights(step: TrainingStep) -> Callable[[Array], Gradients]:
    """Return the way back for a layer with nothing to train before it."""
    backward = step.backward_weights
    return step.backward if backward is None else lambda gradient: Gradients((), backward(gradient))
