"""How well a stack does on a data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
from numpy.typing import NDArray

from cnnviz.io.datasets import read_dataset
from cnnviz.io.datasets.examples import Examples
from cnnviz.render.evaluation.model import Evaluation
from cnnviz.stack.scores import find_scores
from cnnviz.workflows.classes import match_classes
from cnnviz.workflows.evaluation.scoring import Scorer, batch_size
from cnnviz.workflows.examples import prepare_examples
from cnnviz.workflows.preparation import Preparation
from cnnviz.workflows.request import StackRequest


class EvaluationRequest(msgspec.Struct, frozen=True):
    """What to evaluate, and on what.

    Attributes:
        stack: The stack with its weights.
        data: A folder or file that `read_dataset` reads.
        range: Which of the examples.
        batch_size: Examples that go through the stack at a time; None for as many as are fast.
        loss: Which loss; None for the one that the stack is trained with.
    """

    stack: StackRequest
    data: Path
    range: slice = slice(None)
    batch_size: int | None = None
    loss: Literal["cross_entropy", "mse"] | None = None


class Evaluated(msgspec.Struct, frozen=True, eq=False):
    """An evaluation and what it was made of.

    Attributes:
        evaluation: What came out.
        examples: What it was made of.
        pixels: The same as it entered the network, `(N, H, W, C)`.
        color: The order of the channels.
        remarks: What a user should know of the stack, the weights and the data.
    """

    evaluation: Evaluation
    examples: Examples
    pixels: NDArray[Any]
    color: str
    remarks: tuple[str, ...]


def evaluate(request: EvaluationRequest, report: Callable[[int, int], None] | None = None) -> Evaluated:
    """Evaluate a stack.

    Args:
        request: What on what.
        report: Is told after each batch how many examples are done, and how many there are.

    Raises:
        CnnvizError: If the stack, the weights or the data are wrong, or do not go together.
    """
    preparation = Preparation(request.stack)
    stack = preparation.stack
    examples = read_dataset(request.data, "test")
    first, _, _ = request.range.indices(len(examples))
    examples = examples.part(request.range)
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
    scorer = Scorer(network, scores, request.loss or stack.training.loss)
    size = request.batch_size or batch_size(network)
    for start in range(0, len(examples), size):
        part = slice(start, start + size)
        scorer.add(pixels[part], examples.labels[part])
        if report is not None:
            report(min(start + size, len(examples)), len(examples))
    evaluation = Evaluation(
        name=stack.name,
        source=examples.source,
        first=first,
        dtype=request.stack.dtype,
        softmax=scores.shares is not None,
        classes=(*names, *map(str, range(len(names), units))),
        labels=examples.labels,
        **scorer.results(),
    )
    return Evaluated(evaluation, examples, pixels, stack.input.color, tuple(remarks))
