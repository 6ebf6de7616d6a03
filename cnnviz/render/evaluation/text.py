"""An evaluation as text, for terminals of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnviz.render.evaluation.model import Evaluation, Guess
from cnnviz.render.kit.numbers import NOTHING, percent
from cnnviz.render.kit.text import GAP, WIDTH, aligned, joined

LISTED = 10
"""Predictions, and mistakes, that are listed."""

LOSSES = {"cross_entropy": "cross entropy", "mse": "mean squared error"}

_PAIRS = 10


def to_text(evaluation: Evaluation) -> str:
    """Write an evaluation: accuracy and loss, the confusion matrix, the first predictions, the worst mistakes."""
    return joined(_lines(evaluation))


def summary(evaluation: Evaluation) -> str:
    """Write accuracy and loss alone."""
    return (
        f"accuracy  {accuracy(evaluation)} ({evaluation.correct:,} of {len(evaluation):,})\n"
        f"loss      {evaluation.loss:.4f} ({LOSSES[evaluation.loss_name]})\n"
    )


def accuracy(evaluation: Evaluation) -> str:
    """Write the accuracy."""
    return percent(evaluation.accuracy, digits=2)


def _lines(evaluation: Evaluation) -> Iterator[str]:
    count, first = len(evaluation), evaluation.first
    examples = f"example {first}" if count == 1 else f"{count:,} examples, {first} to {first + count - 1}"
    yield f"{evaluation.name}: {evaluation.source}, {examples}, {evaluation.dtype}"
    yield ""
    yield summary(evaluation)
    yield from _confusion(evaluation)
    yield ""
    guesses = [evaluation.guess(index) for index in range(min(LISTED, count))]
    yield f"The first {len(guesses)}"
    yield from _beside(guesses)
    mistakes = evaluation.mistakes()
    if len(mistakes):
        yield ""
        yield f"The worst of {len(mistakes):,} mistakes" if len(mistakes) > 1 else "The mistake"
        yield from _mistakes([evaluation.guess(index) for index in mistakes[:LISTED]])
        if not evaluation.softmax:
            yield "The probabilities are the softmax of the scores that the stack ends in."


def _confusion(evaluation: Evaluation) -> Iterator[str]:
    """Write the matrix, or where it is too wide, what was taken for what most often."""
    counts = evaluation.confusion()
    names = evaluation.classes
    heads = list(names)
    if max(map(len, names)) > 6:
        heads = list(map(str, range(len(names))))
        names = tuple(f"{number} {name}" for number, name in enumerate(names))
    totals = counts.sum(axis=1)
    shares = [percent(counts[i, i] / total) if total else NOTHING for i, total in enumerate(totals)]
    rows = [[name, *map(str, row), share] for name, row, share in zip(names, counts, shares, strict=True)]
    lines = aligned([["", *heads, " right"], *rows], range(1, len(heads) + 2))
    if len(lines[0]) + 2 > WIDTH:
        names = evaluation.classes
        yield f"Confused most often, of {len(names)} classes (--json has the matrix, --confusion draws it)"
        pairs = [(int(counts[i, j]), i, j) for i, j in zip(*counts.nonzero(), strict=True) if i != j]
        for count, truth, prediction in sorted(pairs, key=lambda pair: -pair[0])[:_PAIRS]:
            yield f"{count:>8,}  {names[truth]} taken for {names[prediction]}"
        return
    yield "Confusion matrix: a row is what the examples are, a column what they were taken for"
    yield from lines


def _beside(guesses: Sequence[Guess]) -> Iterator[str]:
    """Set predictions over the truth, or where names are too long, beside it."""
    width = max(len(name) for guess in guesses for name in (guess.prediction, guess.truth))
    if 12 + len(guesses) * (width + len(GAP)) <= WIDTH:
        yield "prediction" + "".join(GAP + guess.prediction.rjust(width) for guess in guesses)
        yield "truth     " + "".join(GAP + guess.truth.rjust(width) for guess in guesses)
        return
    yield f"{'prediction'.ljust(width)}{GAP}truth"
    for guess in guesses:
        yield f"{guess.prediction.ljust(max(width, 10))}{GAP}{guess.truth}"


def _mistakes(guesses: Sequence[Guess]) -> Iterator[str]:
    width = max(len(name) for guess in guesses for name in (guess.prediction, guess.truth))
    head = ["example", "truth".ljust(width), "taken for".ljust(width), "probability", "of the truth"]
    rows = [
        [str(guess.example), guess.truth.ljust(9), guess.prediction]
        + [percent(share, exact=False) for share in (guess.probability, guess.truth_probability)]
        for guess in guesses
    ]
    yield from aligned([head, *rows], (0, 3, 4))
