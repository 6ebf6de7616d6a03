"""A stack ready to be trained: a pass through its layers that can be gone back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnviz.errors import ConfigError, LayerError, Mistake
from cnnviz.layers.base import Array, Gradients, TrainingForward, TrainingStep
from cnnviz.stack.graph import INPUT, Node, title
from cnnviz.training.parameters import Parameters


class _Stage(NamedTuple):
    """A layer made ready.

    Attributes:
        name: The layer's name.
        inputs: Names of what it reads.
        forward: Its training step.
        changes: Whether training changes its own weights.
        learns: Whether training changes it or anything before it: if not, nobody asks for a gradient there.
        passes_on: Whether training changes anything before it: if not, nobody asks for the gradients by its inputs.
        done_with: The tensors that nobody needs after it.
    """

    name: str
    inputs: tuple[str, ...]
    forward: TrainingForward
    changes: bool
    learns: bool
    passes_on: bool
    done_with: tuple[str, ...]


class _Taken(NamedTuple):
    """A stage that a batch has passed, and its way back."""

    stage: _Stage
    backward: Callable[[Array], Gradients]


class Pass:
    """A batch's way through a stack.

    Attributes:
        output: Of the last layer.
        updates: New values of weights that change by what passes through, by layer and weight name.
    """

    def __init__(self, output: Array, updates: Mapping[str, Mapping[str, Array]], way: list[_Taken]) -> None:
        self.output = output
        self.updates = updates
        self._way = way

    def backward(self, gradient: Array, into: Parameters) -> None:
        """Go back, once, and put down the gradient of every weight that has one; the others' places are left alone.

        Args:
            gradient: Of the loss by the output, in its shape.
            into: Takes the weights' gradients.
        """
        learning = {taken.stage.name for taken in self._way}
        waiting = {self._way[-1].stage.name: gradient} if self._way else {}
        while self._way:
            stage, backward = self._way.pop()  # each layer's memory goes as soon as it has been passed
            gradients = backward(waiting.pop(stage.name))
            del backward
            into.fill({stage.name: gradients.weights} if gradients.weights and stage.changes else {})
            if stage.passes_on:
                for name, part in zip(stage.inputs, gradients.inputs, strict=True):
                    if name in learning:
                        # A tensor that is read several times gets the sum of what every reader makes of it.
                        waiting[name] = waiting[name] + part if name in waiting else part


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
        self._stages: list[_Stage] = []
        needed = _ancestors(nodes)
        last = {name: node.index for node in needed for name in node.layer.inputs}
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
            done_with = tuple(name for name, index in last.items() if index == node.index)
            learns = layer.name in learning
            self._stages.append(_Stage(layer.name, layer.inputs, forward, changes, learns, passes_on, done_with))
        if mistakes:
            raise ConfigError(mistakes)

    def forward(self, weights: Parameters, generator: np.random.Generator, pixels: Array) -> Pass:
        """Take a batch through all layers.

        Args:
            weights: In the graph's dtype.
            generator: For what is random in training.
            pixels: `(N, H, W, C)` in the graph's dtype, scaled as the stack wants them.
        """
        tensors = {INPUT: pixels}
        updates: dict[str, Mapping[str, Array]] = {}
        way: list[_Taken] = []
        for stage in self._stages:
            inputs = [tensors[name] for name in stage.inputs]
            step = stage.forward(weights.of(stage.name), generator, *inputs)
            del inputs
            tensors[stage.name] = step.output
            if step.updates:
                updates[stage.name] = step.updates
            if stage.learns:
                way.append(_Taken(stage, step.backward if stage.passes_on else _to_weights(step)))
            for name in stage.done_with:
                del tensors[name]
        return Pass(step.output, updates, way)


def _to_weights(step: TrainingStep) -> Callable[[Array], Gradients]:
    """Return the way back for a layer with nothing to train before it."""
    backward = step.backward_weights
    return step.backward if backward is None else lambda gradient: Gradients((), backward(gradient))


def _ancestors(nodes: Sequence[Node]) -> list[Node]:
    """Return the last layer and all that it depends on: a branch that leads nowhere learns nothing."""
    wanted = {nodes[-1].layer.name}
    for node in reversed(nodes):
        if node.layer.name in wanted:
            wanted.update(node.layer.inputs)
    return [node for node in nodes if node.layer.name in wanted]
