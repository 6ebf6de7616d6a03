"""Watch a layer while it learns: its maps of one picture and its kernels, now and then, as an animation."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, prod
from pathlib import Path
from types import TracebackType

import numpy as np

from cnnviz.config.wording import suggest
from cnnviz.errors import UsageError
from cnnviz.io.animation import check_animation, write_animation
from cnnviz.layers.base import Array
from cnnviz.outputs.inputs import resolve_one
from cnnviz.render.learning import film
from cnnviz.render.learning_panels import SHOWN, Look, TrainingFilm
from cnnviz.stack.graph import named
from cnnviz.stack.network import Network
from cnnviz.stack.scores import unit_names
from cnnviz.stack.weights import StackWeights
from cnnviz.wording import shape_text
from cnnviz.workflows.animation.film import hold_last, pace
from cnnviz.workflows.drawing.draw import draw_input
from cnnviz.workflows.drawing.style import Style, kernel_of, kernel_to_draw
from cnnviz.workflows.prepare.input_image import read_input
from cnnviz.workflows.prepare.request import DrawingRequest
from cnnviz.workflows.training.train import Training

FRAMES = 60
"""Looks at a training, if nobody says otherwise."""

_MOST = 1000
_BYTES = 2**30
"""What all looks together may take."""
_FASTEST = 12.0
"""Frames a second."""


class Watching:
    """Looks at a layer: at the beginning, every so many steps, and at the end, when it writes what it saw.

    Attributes:
        path: The animation's file.
    """

    def __init__(
        self, training: Training, image: str, layer: str, every: int | None = None, output: Path | None = None
    ) -> None:
        """Read the picture and check everything, before the training begins.

        Args:
            training: The training to watch.
            image: A file or `sample:NAME`.
            layer: The layer's name.
            every: Look after every so many steps; None for about 60 looks.
            output: The animation's file; None for one beside the weights.

        Raises:
            CnnvizError: If there is no such layer or picture, they do not fit, or there would be too much to see.
        """
        names = [one.name for one in training.stack.layers]
        if (found := named(training.stack.layers, layer)) is None:
            raise UsageError(f"there is no layer {layer!r}; {suggest(layer, names, 'layers are')}")
        layer = found.name
        beside = training.files.weights
        self.path = output or beside.with_name(f"{beside.stem}.{layer}.gif")
        check_animation(self.path)
        self._image = read_input(resolve_one(image), training.stack.input)
        training.remarks.extend(self._image.warnings)
        self._network = training.preparation.network_to(self._image.shape, layer)
        self._node = self._network.nodes[-1]
        self._training = training
        self._kernel = kernel_of(self._node)
        self._looks: list[Look] = []
        self._epoch, self._loss, self._count = 0, 0.0, 0
        self._check_shapes()
        steps = training.recipe.epochs * training.steps_per_epoch
        self._steps = steps
        left = steps - training.progress.steps
        self._every = every or max(1, ceil(left / FRAMES))
        self._check_amount(ceil(left / self._every) + 1)

    def __enter__(self) -> Watching:
        self._look(self._training.progress.steps, self._training.weights)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What was seen is written however the training ended.
        if self._looks[-1].step != self._training.progress.steps:
            self._look(self._training.progress.steps, self._training.weights)
        frames = list(film(self._film(), self._looks))
        fps = pace(len(frames), _FASTEST)
        write_animation(self.path, hold_last(frames, fps), fps)

    def watch(self, step: int, weights: Mapping[str, Mapping[str, Array]]) -> None:
        """Look, if it is time; the last step is always looked at."""
        if step % self._every == 0 or step == self._steps:
            self._look(step, weights)

    def _look(self, step: int, weights: Mapping[str, Mapping[str, Array]]) -> None:
        network = self._network
        arrays = {
            layer: {name: weights[layer][name].astype(np.float32) for name in own}
            for layer, own in network.weights.items()
        }
        own, shape, nodes = network.stack, network.input_shape, network.nodes
        shown = Network(own, shape, nodes, StackWeights(arrays, {}), network.dtype, network.threads)
        name = self._node.layer.name
        output = shown.forward(self._image.pixels, keep=[name])[name]
        kernel = kernel_to_draw(self._node, arrays[name]) if self._kernel is not None else None
        maps = output.shape[-1]
        # A layer may hand back a view of all its maps.
        output = output[..., :SHOWN].copy() if output.ndim == 3 else output
        epoch = min(self._training.progress.epoch + 1, self._training.recipe.epochs)
        self._looks.append(Look(step, epoch, self._mean_loss(), output, kernel, maps))

    def _mean_loss(self) -> float | None:
        """Return the mean over the steps since the look before, or since the epoch began."""
        progress = self._training.progress
        tally, epoch = progress.tally, progress.epoch
        if epoch != self._epoch:
            self._epoch, self._loss, self._count = epoch, 0.0, 0
        loss, count = tally.loss - self._loss, tally.count - self._count
        self._loss, self._count = tally.loss, tally.count
        if count:
            return loss / count
        return progress.epoch_records[-1].loss if progress.epoch_records else None

    def _film(self) -> TrainingFilm:
        stack = self._training.stack
        style = Style.of(stack, DrawingRequest())
        return TrainingFilm(
            title=f"{stack.name}: {self._node.layer.name}",
            picture=draw_input(self._image, style),
            steps=self._steps,
            epochs=self._training.recipe.epochs,
            scale_by=style.scale_by,
            table=style.table,
            units=unit_names(stack, self._node.output_shape) if self._node.layer.name == stack.layers[-1].name else (),
        )

    def _check_shapes(self) -> None:
        """Refuse a picture of another size than those to train on, where the weights depend on it."""
        for layer, own in self._network.weights.items():
            for name, array in own.items():
                shape = self._training.weights[layer][name].shape
                if array.shape != shape:
                    raise UsageError(
                        f"the picture to watch is of another size than those to train on: there {layer} has weights of "
                        f"{shape_text(shape)}, here of {shape_text(array.shape)}; fix the size in the "
                        f"stack with `input.size`"
                    )

    def _check_amount(self, looks: int) -> None:
        numbers = prod(self._node.output_shape) + (self._node.params if self._kernel else 0)
        if looks > _MOST or looks * numbers * 8 > _BYTES:
            raise UsageError(
                f"--every {self._every} is to look {looks:,} times, too much for one animation; "
                f"try --every {self._every * max(2, ceil(looks / FRAMES))}"
            )
