"""How far a training has come, and what it said on the way: all of it but the weights."""

from __future__ import annotations

import msgspec


class Score(msgspec.Struct, frozen=True):
    """How well a stack does.

    Attributes:
        loss: The mean loss over the examples.
        accuracy: The part of the examples whose greatest output is their label's, from 0 to 1.
    """

    loss: float
    accuracy: float


class Tally(msgspec.Struct):
    """Sums over the examples seen so far.

    Attributes:
        loss: The sum of their losses.
        correct: Number of examples that were right.
        count: Number of examples.
    """

    loss: float = 0.0
    correct: int = 0
    count: int = 0

    def add(self, loss: float, correct: int, count: int) -> None:
        """Count a batch.

        Args:
            loss: The batch's mean loss.
            correct: Number of its examples that were right.
            count: Examples of the batch.
        """
        self.loss += loss * count
        self.correct += correct
        self.count += count

    def score(self) -> Score:
        """Return the means; there must be an example."""
        return Score(self.loss / self.count, self.correct / self.count)


class EpochRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """An epoch in the history.

    Attributes:
        epoch: Number of the epoch, from 1.
        loss: The mean over the epoch's steps, each measured before it changed the weights.
        accuracy: The mean over the same.
        validation_loss: The loss at the epoch's end; None without validation.
        validation_accuracy: The accuracy at the epoch's end; None without validation.
    """

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None


class StepRecord(msgspec.Struct, frozen=True):
    """Some steps in the history.

    Attributes:
        step: The last of them, counted from 1 through all epochs.
        loss: The mean loss over them.
        accuracy: The mean accuracy over them.
    """

    step: int
    loss: float
    accuracy: float


class Progress(msgspec.Struct):
    """How far a training has come.

    Attributes:
        epoch: Epochs that are complete.
        step: Steps done in the epoch under way.
        steps: Steps done in all.
        tally: Sums of the epoch under way.
        window: Sums of the steps since the last of `step_records`.
        best: The best epoch by validation; None before the first, or without validation.
        epoch_records: The records of all epochs.
        step_records: A record per `log_every` steps.
    """

    epoch: int = 0
    step: int = 0
    steps: int = 0
    tally: Tally = msgspec.field(default_factory=Tally)
    window: Tally = msgspec.field(default_factory=Tally)
    best: EpochRecord | None = None
    epoch_records: list[EpochRecord] = msgspec.field(default_factory=list)
    step_records: list[StepRecord] = msgspec.field(default_factory=list)


def is_better(record: EpochRecord, best: EpochRecord | None) -> bool:
    """Whether an epoch is better than the best before: more accurate on validation, or as accurate with less loss."""
    if record.validation_loss is None or record.validation_accuracy is None:
        return False
    if best is None or best.validation_loss is None or best.validation_accuracy is None:
        return True
    return (record.validation_accuracy, -record.validation_loss) > (best.validation_accuracy, -best.validation_loss)
