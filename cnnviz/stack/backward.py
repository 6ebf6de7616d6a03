"""The walk and its way back: a pass of a batch through the layers, and the gradients by weights or by tensors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnviz.errors import ConfigError, LayerError, Mistake
from cnnviz.layers.base import Array, Gradients, TrainingForward, TrainingStep, Weights
from cnnviz.stack.graph import INPUT, Node, leading_to, title
from cnnviz.stack.parameters import Parameters
from cnnviz.stack.walk import steps_of, walk


class _TrainingLayer(NamedTuple):
    """A layer made ready.

    Attributes:
        inputs: The names of the layers that are read.
        forward: The layer's training step.
        changes: Whether gradients by its own weights are wanted.
        learns: Whether gradients by its output are needed: for its weights, for itself, or for anything before it.
        passes_on: Whether gradients by its inputs are needed.
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
        kept: Outputs that were to be kept, by layer.
        updates: New values of weights that change by what passes through, by layer and weight name.
    """

    def __init__(self, layers: Mapping[str, _TrainingLayer], towards: Collection[str]) -> None:
        """Begin with nothing recorded."""
        self.output: Array = np.empty(0)
        self.kept: dict[str, Array] = {}
        self.updates: dict[str, Mapping[str, Array]] = {}
        self._layers = layers
        self._towards = towards
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
            self._way.append((name, _way_back(step, self._layers[name])))
        return step.output

    def backward(self, gradient: Array, into: Parameters | None = None) -> dict[str, Array]:
        """Go back, once, and put down the gradient of every weight that has one; the others' places are left alone.

        Args:
            gradient: Gradient of the loss by the output, in the output's shape.
            into: Takes the weights' gradients; None where none are wanted.

        Returns:
            The gradients by the tensors that the graph leads towards, in their shapes.
        """
        found: dict[str, Array] = {}
        waiting = {self._way[-1][0]: gradient} if self._way else {}
        while self._way:
            name, backward = self._way.pop()  # each layer's memory goes as soon as it has been passed
            layer, by = self._layers[name], waiting.pop(name)
            if name in self._towards:
                found[name] = by
            gradients = backward(by)
            del backward
            if gradients.weights and layer.changes and into is not None:
                into.fill({name: gradients.weights})
            if layer.passes_on:
                for source, part in zip(layer.inputs, gradients.inputs, strict=True):
                    if source in self._towards or (source in self._layers and self._layers[source].learns):
                        # A tensor that is read several times gets the sum of what every reader makes of it.
                        waiting[source] = waiting[source] + part if source in waiting else part
        return {**waiting, **found}


class TrainingGraph:
    """The layers that the last one depends on, each ready for a pass that can be gone back."""

    def __init__(
        self, nodes: Sequence[Node], dtype: np.dtype[Any], towards: Collection[str] = (), guided: bool = False
    ) -> None:
        """Prepare all that depends on neither examples nor weights.

        Args:
            nodes: The layers in order.
            dtype: The arithmetic's floating type.
            towards: Names of layers, or `input`: instead of training, gradients by these tensors are wanted, and all
                layers work as outside training.
            guided: Whether rectifiers pass on gradients above zero alone, as guided backpropagation wants it
                (Springenberg et al. 2014).

        Raises:
            ConfigError: If there are layers that cannot be trained through.
        """
        self._layers: dict[str, _TrainingLayer] = {}
        self._towards = frozenset(towards)
        needed = leading_to(nodes, nodes[-1].layer.name)  # a branch that leads nowhere learns nothing
        learning: set[str] = {INPUT} & self._towards
        mistakes = []
        for node in needed:
            layer = node.layer.outside_training() if towards else node.layer
            try:
                forward = layer.prepare_training(dtype, *node.input_shapes)
            except LayerError as error:
                mistakes.append(Mistake(("layers", node.index - 1), str(error), title(layer)))
                continue
            passes_on = not learning.isdisjoint(layer.inputs)
            changes = bool(node.weights) and layer.trainable and not towards
            if changes or passes_on or layer.name in self._towards:
                learning.add(layer.name)
            learns = layer.name in learning
            if guided and layer.activation_function().cut is not None:
                forward = _guided(forward)
            self._layers[layer.name] = _TrainingLayer(layer.inputs, forward, changes, learns, passes_on)
        if mistakes:
            raise ConfigError(mistakes)
        self._steps = steps_of((node.layer.name, node.layer.inputs) for node in needed)

    def forward(
        self, weights: Parameters, generator: np.random.Generator, pixels: Array, keep: Collection[str] = ()
    ) -> Tape:
        """Take a batch through all layers.

        Args:
            weights: Weights in the graph's dtype.
            generator: For what is random in training.
            pixels: `(N, H, W, C)` in the graph's dtype, scaled as the stack wants them.
            keep: Layers whose outputs are kept with the tape.
        """
        tape = Tape(self._layers, self._towards)

        def compute(name: str, inputs: list[Array]) -> Array:
            return tape.record(name, self._layers[name].forward(weights.of(name), generator, *inputs))

        for name, out in walk(self._steps, compute, {INPUT: pixels}):
            if name in keep:
                tape.kept[name] = out
            del out
        return tape


def _way_back(step: TrainingStep, layer: _TrainingLayer) -> Callable[[Array], Gradients]:
    """Return the way back to what is asked for, which may be less than all."""
    to_weights, to_inputs = step.backward_weights, step.backward_inputs
    if not layer.passes_on:
        if not layer.changes:
            return lambda gradient: Gradients((), {})
        return step.backward if to_weights is None else lambda gradient: Gradients((), to_weights(gradient))
    if layer.changes or to_inputs is None:
        return step.backward
    return lambda gradient: Gradients(to_inputs(gradient), {})


def _guided(forward: TrainingForward) -> TrainingForward:
    """Let a layer that ends in a rectifier see gradients above zero alone."""

    def guided(weights: Weights, generator: np.random.Generator, *inputs: Array) -> TrainingStep:
        step = forward(weights, generator, *inputs)
        to_inputs = step.backward_inputs

        def above_zero(gradient: Array) -> Array:
            kept: Array = np.maximum(gradient, 0)
            return kept

        return step._replace(
            backward=lambda gradient: step.backward(above_zero(gradient)),
            backward_inputs=None if to_inputs is None else lambda gradient: to_inputs(above_zero(gradient)),
        )

    return guided
