"""What a network makes of examples, one by one."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import WeightsError
from cnnviz.layers.base import Array
from cnnviz.ops.activations.levelling import softmax
from cnnviz.stack.graph import infer
from cnnviz.stack.network import Network
from cnnviz.stack.scores import Scores
from cnnviz.stack.weights import StackWeights
from cnnviz.training.evaluation import evaluate
from cnnviz.training.losses import LOSSES, Labels, Loss, as_classes

_TOGETHER = 256
_BATCH_BYTES = 2**28
"""What a batch's tensors may take, as long as nobody says how large it is."""


def score_examples(
    network: Network,
    scores: Scores,
    loss_name: str,
    pixels: Array,
    labels: Labels,
    batch_size: int | None = None,
    report: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Put examples through a network.

    Args:
        network: Ends in class scores.
        scores: How classes are read off the end of the network.
        loss_name: `cross_entropy` or `mse`.
        pixels: `(N, H, W, C)`.
        labels: `(N,)`.
        batch_size: Examples that go through at a time; None for as many as are fast.
        report: Is told for each batch how many examples are done, and how many there are.

    Returns:
        All that is known of the examples, as `Evaluation` names it.

    Raises:
        WeightsError: If a score is not finite.
    """
    size = batch_size or _batch_size(network)
    if scores.shares is not None:  # logits are wanted, not what is made of them
        shape, weights = network.input_shape, StackWeights(network.weights, network.origins)
        nodes = infer(scores.stack, shape)
        network = Network(scores.stack, shape, nodes, weights, network.dtype, network.threads)
    predictions: list[NDArray[np.int64]] = []
    probabilities: list[Array] = []
    truths: list[Array] = []
    done = 0

    def see(logits: Array, true: Labels) -> None:
        nonlocal done
        if not np.isfinite(logits).all():
            raise WeightsError(
                "the weights give scores that are not finite, at least in "
                f"{network.dtype}: are they those of a training that failed?"
            )
        shares, rows = _shares(logits), np.arange(len(true))
        predictions.append(as_classes(logits).argmax(axis=1))
        probabilities.append(shares[rows, predictions[-1]])
        truths.append(shares[rows, true])
        done += len(true)
        if report is not None:
            report(done, len(labels))

    def loss(logits: Array, true: Labels) -> Loss:
        of_shares = loss_name == "mse" and scores.shares is not None
        return LOSSES[loss_name](_shares(logits)[:, -logits.shape[1] :] if of_shares else logits, true)

    return {
        "loss_name": loss_name,
        "loss": evaluate(network, pixels, labels, loss, size, see).loss,
        "predictions": np.concatenate(predictions),
        "probabilities": np.concatenate(probabilities),
        "truth_probabilities": np.concatenate(truths),
    }


def _shares(logits: Array) -> Array:
    return softmax(as_classes(logits.astype(np.float64)))


def _batch_size(network: Network) -> int:
    """Return how many examples to put through a network at a time, so that their tensors stay small."""
    numbers = sum(prod(node.output_shape) for node in network.nodes)
    return max(1, min(_TOGETHER, _BATCH_BYTES // (numbers * network.dtype.itemsize)))
