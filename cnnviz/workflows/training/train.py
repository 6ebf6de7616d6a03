"""Train a stack on a data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from cnnviz.config.load import Loaded, load
from cnnviz.errors import TrainingError, UsageError
from cnnviz.io.files import make_folder, show_path
from cnnviz.io.signals import is_interruption
from cnnviz.io.targets import check_apart
from cnnviz.layers.base import Array
from cnnviz.render.kit.figures import check_figure
from cnnviz.stack.backward import TrainingGraph
from cnnviz.stack.graph import infer
from cnnviz.stack.network import Network
from cnnviz.stack.parameters import Parameters
from cnnviz.stack.prepared import normaliser
from cnnviz.stack.weights import StackWeights
from cnnviz.training.batches import Batches
from cnnviz.training.evaluation import evaluate
from cnnviz.training.losses import LOSSES
from cnnviz.training.optimizers import Optimizer
from cnnviz.training.progress import EpochRecord, Progress, Score
from cnnviz.training.trainer import DivergedError, Trainer
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest
from cnnviz.workflows.training.examples import Labelled, prepare_sets
from cnnviz.workflows.training.files import TrainingFiles, check_writable, fingerprint
from cnnviz.workflows.training.history import draw_history, is_history, write_history
from cnnviz.workflows.training.memory import check_memory
from cnnviz.workflows.training.recipe import make_optimizer, override_recipe

WatchStep = Callable[[int, Mapping[str, Mapping[str, Array]]], None]
"""Is given the number of steps done and the weights, `weights["conv_1"]["kernel"]`, in the training's dtype: to read,
and changed by the next step."""


class Training:
    """A training, checked and ready to begin.

    Attributes:
        stack: The stack, switches applied.
        recipe: The recipe that counts.
        seed: The seed of weights, order and noise.
        examples: What it is trained on.
        validation: What it is validated with.
        test: What it is tested on at the end.
        files: What it writes.
        preparation: The stack made ready, with the weights that it begins with.
        remarks: What a user should know before it begins.
    """

    def __init__(
        self,
        request: StackRequest,
        data: Path,
        output: Path,
        settings: Mapping[str, Any],
        *,
        validation_data: Path | None = None,
        test_data: Path | None = None,
        resume: bool = False,
        history: Path | None = None,
        curves: Path | None = None,
    ) -> None:
        """Read and check everything.

        Args:
            request: The stack, with the weights to begin with; its `dtype` does not count, the recipe's does.
            data: The examples: a folder or file that `read_dataset` reads.
            output: The weights file to write.
            settings: Fields of `TrainingSpec` that win over the stack's.
            validation_data: Examples to validate with.
            test_data: Examples to test on at the end; None for the test part of `data` if the recipe has a
                `test_range`.
            resume: Go on from the checkpoint beside `output`.
            history: A JSON file to write the history to.
            curves: A picture to draw the history in.

        Raises:
            CnnvizError: If anything is wrong.
        """
        loaded = load(request.config, request.switches)
        self.recipe = override_recipe(loaded.stack.training, settings)
        preparation = Preparation(replace(request, config=loaded, dtype=self.recipe.dtype))
        self.preparation = preparation
        self.stack, self.seed = preparation.stack, preparation.seed
        self.remarks = preparation.remarks
        self._history, self._curves = history, curves
        self.files = TrainingFiles(output, [layer.name for layer in self.stack.layers], request.weights)
        check_apart(
            {
                "-o": output,
                "the best weights of -o": self.files.best,
                "the checkpoint of -o": self.files.checkpoint,
                "--history": history,
                "--curves": curves,
            }
        )
        if history is not None:
            check_writable(history, is_history)
        if curves is not None:
            check_figure(curves)
            make_folder(curves.parent)
        found = prepare_sets(preparation, self.recipe, data, validation_data, test_data)
        self.examples, self.validation, self.test = found.training, found.validation, found.test
        self.files.classes = self.examples.classes or ()
        network, scores = found.network, found.scores

        # What turns scores to shares at the end is folded into the loss.
        folds = self.recipe.loss == "cross_entropy"
        self._scoring = scores.stack if folds else self.stack
        if folds and scores.idle:
            self.remarks.append(
                f"what follows the {scores.shares} ({', '.join(scores.idle)}) is left out of the training: of shares "
                f"that were changed there is no cross entropy"
            )
        self._nodes = infer(self._scoring, network.input_shape)
        self._shape, self._threads = network.input_shape, network.threads
        self._loss = LOSSES[self.recipe.loss]
        self._dtype = np.dtype(self.recipe.dtype)
        batch = min(self.recipe.batch_size, len(self.examples.labels))
        optimizer = make_optimizer(self.recipe)
        check_memory(self._nodes, batch, len(optimizer.slots), self._dtype.itemsize)
        self._trainer = self._make_trainer(loaded, network, optimizer)
        self._fingerprint = fingerprint(self.stack, self.recipe, optimizer, self.seed, found)
        if resume:
            self.files.restore(self._trainer, self._fingerprint, self.recipe.epochs)

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return self._trainer.progress

    @property
    def weights(self) -> Mapping[str, Mapping[str, Array]]:
        """The weights as they are now: to read, and gone with the next step."""
        return self._trainer.weights.views

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has."""
        return self._trainer.steps_per_epoch

    def run(self, report: Callable[[Score | EpochRecord], None], watch: WatchStep | None = None) -> Score | None:
        """Train to the end, and write everything.

        Args:
            report: Is given the means of the epoch so far after every step, and after every epoch its record.
            watch: Is called after every step.

        Returns:
            How well the stack does on the examples to test on; None if there are none.

        Raises:
            TrainingError: If the loss is not finite; the last weights that were good are written.
            OutputError: If something cannot be written.
        """
        begun = self.progress.steps
        try:
            for said in self._trainer.run(self.recipe.epochs):
                if isinstance(said, EpochRecord):
                    self._save_progress()
                elif watch is not None:
                    watch(self.progress.steps, self._trainer.weights.views)
                report(said)
        except DivergedError as error:
            self._save_weights()
            raise TrainingError(self._explain(error)) from error
        except BaseException as error:  # Ctrl-C, SIGTERM: between two steps everything belongs together
            if is_interruption(error) and self.progress.steps > begun:
                self._save_weights()
                self._save_progress()
            raise
        test = self._score(self._trainer.weights, self.test) if self.test else None
        self._save_weights()
        self._save_history(test)
        if self._curves is not None:
            draw_history(self._curves, self.stack.name, self.progress.epoch_records)
        return test

    def _make_trainer(self, loaded: Loaded, network: Network, optimizer: Optimizer) -> Trainer:
        weights = Parameters(self._nodes, self._dtype)
        weights.fill(network.weights)
        if not weights.vector.size:
            raise UsageError(f"the stack {self.stack.name!r} has no weights: there is nothing to train")
        if not any(node.trainable_params for node in self._nodes):
            raise UsageError(f"all weights of the stack {self.stack.name!r} are frozen (`trainable: false`)")
        with loaded.places():
            graph = TrainingGraph(self._nodes, self._dtype)
        batches = Batches(
            self.examples.pixels,
            self.examples.labels,
            normaliser(self.stack.input, self._shape, self._dtype),
            self.recipe.batch_size,
            self.seed if self.recipe.shuffle else None,
        )
        return Trainer(
            graph,
            weights,
            batches,
            optimizer,
            self._loss,
            seed=self.seed,
            threads=self._threads,
            log_every=self.recipe.log_every,
            validate=partial(self._score, examples=self.validation) if self.validation else None,
        )

    def _score(self, weights: Parameters, examples: Labelled) -> Score:
        """Measure weights as they are written: rounded to float32."""
        network = Network(
            self._scoring,
            self._shape,
            self._nodes,
            StackWeights(weights.rounded(), {}),
            self.recipe.dtype,
            self._threads,
        )
        return evaluate(network, examples.pixels, examples.labels, self._loss)

    def _save_weights(self) -> None:
        self.files.save_weights(self.files.weights, self._trainer.weights)

    def _save_progress(self) -> None:
        self.files.save(self._trainer, self._fingerprint)
        self._save_history()

    def _save_history(self, test: Score | None = None) -> None:
        if self._history is not None:
            tested = {**msgspec.to_builtins(test), "examples": len(self.test.labels)} if test and self.test else None
            about = {
                "name": self.stack.name,
                "seed": self.seed,
                "training": msgspec.to_builtins(self.recipe),
                "examples": len(self.examples.labels),
                "validation_examples": len(self.validation.labels) if self.validation else 0,
                "test": tested,
            }
            write_history(self._history, about, self.progress)

    def _explain(self, error: DivergedError) -> str:
        rate = self._fingerprint["learning_rate"]
        first = self.progress.steps == 0
        advice = (
            "the weights to begin with, or the scale of the pixels (`input.scale`), are out of bounds"
            if first
            else f"steps were too long: try --learning-rate {rate / 10:g} (it is {rate:g}), or make the pixels smaller "
            f"with `input.scale`"
        )
        return f"{error}; {advice}. {show_path(self.files.weights)} has the last weights that were good"
