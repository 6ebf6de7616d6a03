"""The examples of a training: to train on, to validate with, to test on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cnnviz.errors import UsageError
from cnnviz.io.datasets import read_dataset
from cnnviz.io.datasets.examples import Examples
from cnnviz.io.ranges import parse_range
from cnnviz.layers.base import Array, show
from cnnviz.stack.network import Network
from cnnviz.stack.scores import class_names, count_classes
from cnnviz.stack.spec import TrainingSpec
from cnnviz.training.losses import Labels
from cnnviz.workflows.examples import match_classes


class Labelled(NamedTuple):
    """Examples made ready.

    Attributes:
        pixels: `(N, H, W, C)`, as `Network.forward` takes them.
        labels: `(N,)`, numbers of the stack's units.
        source: What to call them.
        sha256: Of what was read.
    """

    pixels: Array
    labels: Labels
    source: str
    sha256: str


class Parts(NamedTuple):
    """What was read of the data sets, not yet made ready.

    Attributes:
        training: To train on.
        validation: To validate with after every epoch.
        test: To test on at the end.
    """

    training: Examples
    validation: Examples | None
    test: Examples | None


def read_parts(
    data: Path, validation_data: Path | None, test_data: Path | None, recipe: TrainingSpec, remarks: list[str]
) -> Parts:
    """Read all examples.

    Args:
        data: To train on.
        validation_data: To validate with.
        test_data: To test on; None for the test part of `data` if the recipe has a `test_range`.
        recipe: Which of them.
        remarks: Takes what a user should know.

    Raises:
        CnnvizError: If they cannot be read, or nothing is left of them.
    """
    whole = read_dataset(data, "train")
    training = _part(whole, recipe.range)
    validation = None
    if validation_data is not None:
        if recipe.validation_split:
            raise UsageError("--validation-split and --validation-data are two ways to validate: choose one")
        validation = read_dataset(validation_data, "test")
    elif recipe.validation_split:
        kept = round(len(training) * recipe.validation_split)
        if not 0 < kept < len(training):
            raise UsageError(
                f"--validation-split {recipe.validation_split:g} of {len(training):,} examples keeps {kept:,} to "
                f"validate with: there must be examples on both sides"
            )
        first = len(training) - kept
        training, validation = training.part(slice(0, first)), training.part(slice(first, None))
    test = None
    if test_data is not None or recipe.test_range is not None:
        tested = read_dataset(test_data or data, "test")
        test = _part(tested, recipe.test_range)
        if test_data in (None, data) and _meet(recipe, len(whole)) and tested.sha256() == whole.sha256():
            remarks.append("some of the examples to test on are among those to train or validate with")
    return Parts(training, validation, test)


def label(examples: Examples, pixels: Array, network: Network, remarks: list[str]) -> Labelled:
    """Number examples as a stack numbers its units.

    Args:
        examples: What was read.
        pixels: What `prepare_examples` made of them.
        network: The stack, built for the examples to train on.
        remarks: Takes what a user should know.

    Raises:
        CnnvizError: If they do not fit the stack.
    """
    units = count_classes(network.stack, network.nodes)
    matched = match_classes(examples, class_names(network.stack, units), units, remarks)
    if pixels.shape[1:] != network.input_shape:
        height, width, _ = network.input_shape
        raise UsageError(
            f"the pictures of {examples.source} are {show(pixels.shape[1:])}, those to train on "
            f"{show(network.input_shape)}; bring all to one size, such as --set input.size=[{height},{width}]"
        )
    return Labelled(pixels, matched.labels, examples.source, examples.sha256())


def _part(examples: Examples, written: str | None) -> Examples:
    return examples if written is None else examples.part(parse_range(written))


def _meet(recipe: TrainingSpec, count: int) -> bool:
    """Whether the ranges have examples in common."""
    ranges = (parse_range(written or ":") for written in (recipe.range, recipe.test_range))
    (first, end, _), (test_first, test_end, _) = (range_.indices(count) for range_ in ranges)
    return max(first, test_first) < min(end, test_end)
