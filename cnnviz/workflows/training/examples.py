"""The examples of a training: to train on, to validate with, to test on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnnviz.errors import UsageError
from cnnviz.io.datasets import read_dataset
from cnnviz.io.datasets.examples import Examples
from cnnviz.io.ranges import parse_range
from cnnviz.layers.base import Array
from cnnviz.stack.network import Network
from cnnviz.stack.scores import Scores, find_scores
from cnnviz.stack.spec import TrainingSpec
from cnnviz.training.batches import split
from cnnviz.training.losses import Labels
from cnnviz.wording import shape_text
from cnnviz.workflows.prepare.classes import Naming, match_classes, say_classes
from cnnviz.workflows.prepare.examples import prepare_examples
from cnnviz.workflows.prepare.preparation import Preparation


class Labelled(NamedTuple):
    """Examples made ready.

    Attributes:
        pixels: `(N, H, W, C)`, as `Network.forward` takes them.
        labels: `(N,)`, numbers of the stack's units.
        classes: What the units stand for, if the examples name that.
        source: What to call them.
        sha256: The hash of what was read.
    """

    pixels: Array
    labels: Labels
    classes: tuple[str, ...] | None
    source: str
    sha256: str


class Sets(NamedTuple):
    """All examples of a training, made ready, and the network that they are for.

    Attributes:
        network: The stack over the examples, with the weights to begin with.
        scores: How classes are read off its end.
        training: To train on.
        validation: To validate with after every epoch.
        test: To test on at the end.
    """

    network: Network
    scores: Scores
    training: Labelled
    validation: Labelled | None
    test: Labelled | None


def prepare_sets(
    preparation: Preparation, recipe: TrainingSpec, data: Path, validation_data: Path | None, test_data: Path | None
) -> Sets:
    """Read all examples, and number them as the stack numbers its units.

    Args:
        preparation: The stack; its remarks take what a user should know.
        recipe: Which of the examples.
        data: To train on.
        validation_data: To validate with.
        test_data: To test on; None for the test part of `data` if the recipe has a `test_range`.

    Raises:
        CnnvizError: If they cannot be read, nothing is left of them, or they do not fit the stack.
    """
    stack, remarks = preparation.stack, preparation.remarks
    read, *others = _read(data, validation_data, test_data, recipe, preparation.seed, remarks)
    pixels = prepare_examples(read, stack.input, remarks)
    network = preparation.network(pixels.shape[1:])
    scores = find_scores(stack, network.nodes)
    remarks.extend(filter(None, [scores.remark]))
    namings = preparation.namings(read.classes)
    matched = match_classes(read, namings, scores.classes, remarks, defines=True)
    training = Labelled(pixels, matched.labels, matched.classes, read.source, matched.sha256())
    if len(np.unique(training.labels)) == 1:
        remarks.append(f"all examples of {training.source} to train on are of one class")
    if training.classes:
        namings = [*namings, Naming(training.classes, training.source, binding=True)]

    def label(examples: Examples | None) -> Labelled | None:
        if examples is None:
            return None
        pixels = prepare_examples(examples, stack.input, remarks)
        matched = match_classes(examples, namings, scores.classes, remarks)
        if pixels.shape[1:] != network.input_shape:
            height, width, _ = network.input_shape
            raise UsageError(
                f"the pictures of {examples.source} are {shape_text(pixels.shape[1:])}, those to train on "
                f"{shape_text(network.input_shape)}; bring all to one size, such as --set input.size=[{height},{width}]"
            )
        if unseen := np.setdiff1d(matched.labels, training.labels).tolist():
            shown = say_classes(unseen, training.classes or matched.classes)
            remarks.append(f"{examples.source} has examples of {shown}, of which there are none to train on")
        return Labelled(pixels, matched.labels, matched.classes, examples.source, matched.sha256())

    return Sets(network, scores, training, *map(label, others))


def _read(
    data: Path,
    validation_data: Path | None,
    test_data: Path | None,
    recipe: TrainingSpec,
    seed: int,
    remarks: list[str],
) -> tuple[Examples, Examples | None, Examples | None]:
    """Read the examples to train on, those to validate with, and those to test on."""
    whole = read_dataset(data, "train")
    training = _part(whole, recipe.range)
    validation = None
    if validation_data is not None:
        if recipe.validation_split:
            raise UsageError("--validation-split and --validation-data are two ways to validate: choose one")
        validation = read_dataset(validation_data, "test")
    elif recipe.validation_split:
        training, validation = _split(training, recipe.validation_split, seed, remarks)
    test = None
    if test_data is not None or recipe.test_range is not None:
        tested = read_dataset(test_data or data, "test")
        test = _part(tested, recipe.test_range)
        if test_data in (None, data) and _meet(recipe, len(whole)) and tested.sha256() == whole.sha256():
            remarks.append("some of the examples to test on are among those to train or validate with")
    return training, validation, test


def _split(examples: Examples, share: float, seed: int, remarks: list[str]) -> tuple[Examples, Examples]:
    """Keep some of each class to validate with."""
    chosen = split(examples.labels, share, seed)
    kept = np.count_nonzero(chosen)
    if not 0 < kept < len(examples):
        raise UsageError(
            f"--validation-split {share:g} of {len(examples):,} examples keeps {kept:,} to validate with: there must "
            f"be examples on both sides"
        )
    training, validation = examples.take(~chosen), examples.take(chosen)
    if missing := np.setdiff1d(training.labels, validation.labels).tolist():
        remarks.append(
            f"there are too few examples of {say_classes(missing, examples.classes)} in {examples.source}: they are "
            f"trained on, not validated with"
        )
    return training, validation


def _part(examples: Examples, written: str | None) -> Examples:
    return examples if written is None else examples.part(parse_range(written))


def _meet(recipe: TrainingSpec, count: int) -> bool:
    """Whether the ranges have examples in common."""
    ranges = (parse_range(written or ":") for written in (recipe.range, recipe.test_range))
    (first, end, _), (test_first, test_end, _) = (range_.indices(count) for range_ in ranges)
    return max(first, test_first) < min(end, test_end)
