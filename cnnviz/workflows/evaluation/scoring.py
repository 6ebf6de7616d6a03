"""What a network makes of batches of examples."""

from __future__ import annotations

from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import WeightsError
from cnnviz.layers.base import Array
from cnnviz.ops.activations import softmax
from cnnviz.stack.graph import infer
from cnnviz.stack.network import Network
from cnnviz.stack.scores import Scores
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import StackWeights
from cnnviz.training.losses import LOSSES, as_classes

_TOGETHER = 256
_BATCH_BYTES = 2**28
"""What a batch's tensors may take, as long as nobody says how large it is."""


class Scorer:
    """Puts batches through a network and keeps what it made of each example."""

    def __init__(self, network: Network, scores: Scores, loss: str) -> None:
        """Prepare the network without what turns its scores to shares.

        Args:
            network: Ends in class scores.
            scores: How.
            loss: `cross_entropy` or `mse`.
        """
        self._shares = loss == "mse" and scores.shares is not None
        self._network = network if scores.shares is None else _with_stack(network, scores.stack)
        self._loss_name = loss
        self._sum = 0.0
        self._count = 0
        self._predictions: list[NDArray[np.int64]] = []
        self._probabilities: list[Array] = []
        self._truths: list[Array] = []

    def add(self, pixels: Array, labels: NDArray[np.int64]) -> None:
        """Put a batch through.

        Args:
            pixels: `(N, H, W, C)`.
            labels: `(N,)`.

        Raises:
            WeightsError: If a score is not finite.
        """
        for _, tensor in self._network.iterate(pixels):
            logits = tensor
        if not np.isfinite(logits).all():
            raise WeightsError(
                "the weights give scores that are not finite, at least in "
                f"{self._network.dtype}: are they those of a training that failed?"
            )
        shares = softmax(as_classes(logits.astype(np.float64)))
        rows = np.arange(len(labels))
        predictions = as_classes(logits).argmax(axis=1)
        loss = LOSSES[self._loss_name](shares[:, -logits.shape[1] :] if self._shares else logits, labels)
        self._sum += loss.value * len(labels)
        self._count += len(labels)
        self._predictions.append(predictions)
        self._probabilities.append(shares[rows, predictions])
        self._truths.append(shares[rows, labels])

    def results(self) -> dict[str, Any]:
        """Return all that is known of the examples, as `Evaluation` names it."""
        return {
            "loss_name": self._loss_name,
            "loss": self._sum / self._count,
            "predictions": np.concatenate(self._predictions),
            "probabilities": np.concatenate(self._probabilities),
            "truth_probabilities": np.concatenate(self._truths),
        }


def _with_stack(network: Network, stack: Stack) -> Network:
    """Build another stack on a network's weights."""
    weights = StackWeights(network.weights, network.origins)
    nodes = infer(stack, network.input_shape)
    dtype: Literal["float64", "float32"] = "float64" if network.dtype == np.float64 else "float32"
    return Network(stack, network.input_shape, nodes, weights, dtype, network.threads)


def batch_size(network: Network) -> int:
    """Return how many examples to put through a network at a time, so that their tensors stay small."""
    numbers = sum(prod(node.output_shape) for node in network.nodes)
    return max(1, min(_TOGETHER, _BATCH_BYTES // (numbers * network.dtype.itemsize)))
