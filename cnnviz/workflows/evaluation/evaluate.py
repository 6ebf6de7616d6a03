"""How well a stack does on a data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.io.datasets import read_dataset
from cnnviz.io.datasets.examples import Examples
from cnnviz.io.samples import SAMPLE, sample_names
from cnnviz.render.evaluation.model import Evaluation
from cnnviz.stack.scores import find_scores
from cnnviz.workflows.evaluation.scoring import score_examples
from cnnviz.workflows.prepare.classes import match_classes
from cnnviz.workflows.prepare.examples import prepare_examples
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest


class Evaluated(msgspec.Struct, frozen=True, eq=False):
    """An evaluation and what it was made of.

    Attributes:
        evaluation: What came out.
        examples: The examples that were evaluated.
        pixels: The examples as they entered the network, `(N, H, W, C)`.
        color: The order of the channels.
        remarks: What a user should know of the stack, the weights and the data.
    """

    evaluation: Evaluation
    examples: Examples
    pixels: NDArray[Any]
    color: str
    remarks: tuple[str, ...]


def evaluate(
    request: StackRequest,
    data: Path,
    range_: slice = slice(None),
    batch_size: int | None = None,
    loss: Literal["cross_entropy", "mse"] | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Evaluated:
    """Evaluate a stack.

    Args:
        request: The stack with its weights.
        data: A folder or file that `read_dataset` reads.
        range_: Which of the examples.
        batch_size: Examples that go through the stack at a time; None for as many as are fast.
        loss: Which loss; None for the one that the stack is trained with.
        report: Is told for each batch how many examples are done, and how many there are.

    Raises:
        CnnvizError: If the stack, the weights or the data are wrong, or do not go together.
    """
    preparation = Preparation(request)
    if preparation.weights_file_sha256 is None:
        name = preparation.stack.name
        sample = f", or {SAMPLE}{name}" if name in sample_names("weights") else ""
        raise UsageError(f"--weights is missing: the file of the weights to evaluate{sample}")
    stack = preparation.stack
    examples = read_dataset(data, "test")
    first, _, _ = range_.indices(len(examples))
    examples = examples.part(range_)
    remarks: list[str] = preparation.remarks
    pixels = prepare_examples(examples, stack.input, remarks)
    preparation.check(pixels.shape[1:])
    network = preparation.network(pixels.shape[1:])
    scores = find_scores(network.stack, network.nodes)
    units = scores.classes
    remarks.extend(filter(None, [scores.remark]))
    made = [name for name, origin in network.origins.items() if origin != "file"]
    if made:
        remarks.append(f"the file has no weights for {', '.join(made)}: initialised, from seed {preparation.seed}")
    examples = match_classes(examples, preparation.namings(), units, remarks)
    names = network.stack.classes or examples.classes or ()
    loss_name = loss or stack.training.loss
    evaluation = Evaluation(
        name=stack.name,
        source=examples.source,
        first=first,
        dtype=request.dtype,
        softmax=scores.shares is not None,
        classes=(*names, *map(str, range(len(names), units))),
        labels=examples.labels,
        **score_examples(network, scores, loss_name, pixels, examples.labels, batch_size, report),
    )
    return Evaluated(evaluation, examples, pixels, stack.input.color, tuple(remarks))
