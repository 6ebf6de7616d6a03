"""The steps of a training, one after the other, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from cnnviz.io.signals import held_signals
from cnnviz.layers.base import Array
from cnnviz.ops import parallel
from cnnviz.ops.quiet import quiet
from cnnviz.stack.backward import TrainingGraph
from cnnviz.stack.parameters import Parameters
from cnnviz.training.batches import Batches, noise
from cnnviz.training.losses import Labels, Loss
from cnnviz.training.optimizers import Optimizer
from cnnviz.training.progress import EpochRecord, Progress, Score, StepRecord, Tally, is_better


class DivergedError(Exception):
    """The loss, or a weight, is not finite any more; the weights have been set back to the last that were good."""


class Trainer:
    """A training under way.

    Between two of its steps everything here belongs together: it may be written down then, and read back by another
    trainer that goes on from there to the same weights.

    Attributes:
        weights: The weights as they are now.
        slots: What the optimizer remembers, by name; each like `weights.vector`.
        progress: How far the training has come.
    """

    def __init__(
        self,
        graph: TrainingGraph,
        weights: Parameters,
        batches: Batches,
        optimizer: Optimizer,
        loss: Callable[[Array, Labels], Loss],
        *,
        seed: int,
        threads: int,
        log_every: int = 0,
        validate: Callable[[Parameters], Score] | None = None,
    ) -> None:
        """Begin.

        Args:
            graph: The stack, made ready.
            weights: Where it begins; changed by every step.
            batches: The examples.
            optimizer: How a gradient changes the weights.
            loss: What is made small.
            seed: Seed of what is random inside layers.
            threads: Threads inside a step; they never change a bit of the result.
            log_every: Steps of one record in the history; 0 for none.
            validate: Measures weights on examples that are not trained on, after every epoch.
        """
        self.weights = weights
        self.slots = {name: np.zeros_like(weights.vector) for name in optimizer.slots}
        self.progress = Progress()
        self._graph = graph
        # Where a weight has no gradient, it stays 0: no optimizer moves such a weight.
        self._gradient = weights.zeros_like()
        self._batches = batches
        self._optimizer, self._loss = optimizer, loss
        self._seed, self._threads, self._log_every = seed, threads, log_every
        self._validate = validate
        self._good = weights.vector.copy()

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has."""
        return len(self._batches)

    def restore(self, weights: Array, slots: dict[str, Array], progress: Progress) -> None:
        """Go on from where another trainer was.

        Args:
            weights: The other trainer's `weights.vector`.
            slots: The other trainer's slots.
            progress: How far the training had come.
        """
        self.weights.vector[...] = weights
        self._good[...] = weights
        self.slots = slots
        self.progress = progress

    def run(self, epochs: int) -> Iterator[Score | EpochRecord]:
        """Train.

        Args:
            epochs: Number of epochs in all, those done before counted.

        Yields:
            After every step the means of the epoch so far, and after every epoch its record.

        Raises:
            DivergedError: If the loss is not finite.
        """
        while self.progress.epoch < epochs:
            order = self._batches.order(self.progress.epoch + 1)
            while self.progress.step < self.steps_per_epoch:
                pixels, labels = self._batches.batch(self.progress.step, order)
                with held_signals():
                    self._step(pixels, labels)
                yield self.progress.tally.score()
            if not np.isfinite(self.weights.vector).all():
                raise self._diverged("a weight is not finite")
            validation = self._validate(self.weights) if self._validate else None
            if validation is not None and not math.isfinite(validation.loss):
                raise self._diverged(f"the loss on the validation examples is {validation.loss}")
            with held_signals():
                record = self._end_epoch(validation)
            yield record

    def _step(self, pixels: Array, labels: Labels) -> None:
        progress = self.progress
        generator = noise(self._seed, progress.steps + 1)
        with quiet(), parallel.threads(self._threads):
            done = self._graph.forward(self.weights, generator, pixels)
            loss = self._loss(done.output, labels)
            if not math.isfinite(loss.value):
                raise self._diverged(f"the loss is {loss.value}")
            done.backward(loss.gradient, self._gradient)
            # Only the next step can tell whether this one was good.
            self._good[...] = self.weights.vector
            self._optimizer.apply(progress.steps + 1, self.weights.vector, self._gradient.vector, self.slots)
            self.weights.fill(done.updates)
        progress.step += 1
        progress.steps += 1
        progress.tally.add(loss.value, loss.correct, len(labels))
        if self._log_every:
            progress.window.add(loss.value, loss.correct, len(labels))
            if progress.steps % self._log_every == 0:
                mean = progress.window.score()
                progress.step_records.append(StepRecord(progress.steps, mean.loss, mean.accuracy))
                progress.window = Tally()

    def _end_epoch(self, validation: Score | None) -> EpochRecord:
        progress = self.progress
        training = progress.tally.score()
        record = EpochRecord(
            epoch=progress.epoch + 1,
            loss=training.loss,
            accuracy=training.accuracy,
            validation_loss=validation.loss if validation else None,
            validation_accuracy=validation.accuracy if validation else None,
        )
        progress.epoch_records.append(record)
        if is_better(record, progress.best):
            progress.best = record
        progress.epoch += 1
        progress.step, progress.tally = 0, Tally()
        return record

    def _diverged(self, what: str) -> DivergedError:
        self.weights.vector[...] = self._good
        step = self.progress.step + (self.progress.step < self.steps_per_epoch)
        return DivergedError(f"{what} in epoch {self.progress.epoch + 1}, at step {step} of {self.steps_per_epoch}")
