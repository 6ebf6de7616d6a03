"""What `cnnviz train` says: progress on stderr, the result on stdout."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from cnnviz.cli._messages import print_text, progress_bar, say
from cnnviz.io.files import show_path
from cnnviz.io.signals import is_interruption
from cnnviz.render.kit.numbers import percent
from cnnviz.training.progress import EpochRecord, Score
from cnnviz.wording import plural

if TYPE_CHECKING:
    from cnnviz.workflows.training.train import Training


class TrainPrinter:
    """Says how a training goes: a bar per epoch on a terminal, else a line now and then."""

    def __init__(self, training: Training, quiet: int) -> None:
        self._training = training
        self._quiet = quiet
        self._bar: Any = None
        self._terminal = sys.stderr.isatty() and not quiet
        self._lines = not sys.stderr.isatty() and not quiet
        self._begin = self._epoch_begin = time.monotonic()
        self._first_step = training.progress.steps
        self._epoch_first = training.progress.step

    def __enter__(self) -> TrainPrinter:
        if self._quiet < 2:
            for remark in self._training.remarks:
                say(remark)
            if self._training.progress.steps:
                say(f"going on {self._where()}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        self._close()
        if is_interruption(error) and self._training.progress.steps > self._first_step and self._quiet < 2:
            say(f"stopped {self._where()}; the same command with --resume goes on from there")

    def report(self, said: Score | EpochRecord) -> None:
        """Say something of a step or an epoch."""
        if isinstance(said, EpochRecord):
            self._end_epoch(said)
        elif self._terminal:
            self._advance(said)
        elif self._lines:
            self._log()

    def finish(self, test: Score | None) -> None:
        """Print the result."""
        self._close()
        if self._quiet > 1:
            return
        training, progress = self._training, self._training.progress
        steps = progress.steps - self._first_step
        print_text(
            f"{training.stack.name}: {plural(progress.epoch, 'epoch')} of {len(training.examples.labels):,} examples "
            f"of {training.examples.source}, {plural(steps, 'step')} in {time.monotonic() - self._begin:.1f} s"
        )
        last = progress.epoch_records[-1]
        print_text(f"training: {_words(last.loss, last.accuracy)}")
        if validation := _validation(last):
            print_text(f"validation: {validation}")
        best = progress.best
        if best is not None and (validation := _validation(best)):
            print_text(f"best epoch: {best.epoch}, {validation}; {show_path(training.files.best)}")
        if test is not None and training.test is not None:
            print_text(f"test: {_words(test.loss, test.accuracy)} of {len(training.test.labels):,}")
        print_text(show_path(training.files.weights))

    def _advance(self, mean: Score) -> None:
        progress, training = self._training.progress, self._training
        if self._bar is None:
            epoch = f"epoch {progress.epoch + 1} of {training.recipe.epochs}"
            self._bar = progress_bar(training.steps_per_epoch, "step", desc=epoch, initial=progress.step - 1)
        self._bar.set_postfix_str(_words(mean.loss, mean.accuracy), refresh=False)
        self._bar.update()

    def _log(self) -> None:
        progress, every = self._training.progress, self._training.recipe.log_every
        if every and progress.steps % every == 0:
            last = progress.step_records[-1]
            say(f"step {progress.steps}: {_words(last.loss, last.accuracy)}")

    def _end_epoch(self, record: EpochRecord) -> None:
        now = time.monotonic()
        epoch = f"epoch {record.epoch} of {self._training.recipe.epochs}"
        validation = f"validation {words}" if (words := _validation(record)) else ""
        self._close()
        if self._terminal and validation:
            say(f"{epoch}: {validation}")
        elif self._lines:
            steps = self._training.steps_per_epoch - self._epoch_first
            words = "; ".join(filter(None, [_words(record.loss, record.accuracy), validation]))
            say(f"{epoch}: {words}; {steps / max(now - self._epoch_begin, 1e-9):.1f} steps a second")
        self._epoch_begin, self._epoch_first = now, 0

    def _where(self) -> str:
        progress, training = self._training.progress, self._training
        if not progress.step:
            return f"after epoch {progress.epoch} of {training.recipe.epochs}"
        return f"after step {progress.step} of {training.steps_per_epoch} in epoch {progress.epoch + 1}"

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _validation(record: EpochRecord) -> str:
    if record.validation_loss is None or record.validation_accuracy is None:
        return ""
    return _words(record.validation_loss, record.validation_accuracy)


def _words(loss: float, accuracy: float) -> str:
    return f"loss {loss:.4f}, accuracy {percent(accuracy, digits=2)}"
