"""A trainer made straight from a stack and examples, without files: for the parity tests and the benchmarks."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from cnnviz.layers.base import Shape
from cnnviz.stack.backward import TrainingGraph
from cnnviz.stack.graph import infer
from cnnviz.stack.parameters import Parameters
from cnnviz.stack.prepared import normaliser
from cnnviz.stack.scores import find_scores
from cnnviz.stack.spec import Stack, TrainingSpec
from cnnviz.stack.weights import make_weights
from cnnviz.training.batches import Batches
from cnnviz.training.losses import LOSSES
from cnnviz.training.trainer import Trainer
from cnnviz.workflows.training.recipe import make_optimizer


def random_examples(count: int, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Give pictures of noise, and labels from 0 to 9."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, *shape), np.uint8), rng.integers(0, 10, count)


def make_trainer(
    stack: Stack,
    pixels: np.ndarray,
    labels: np.ndarray,
    recipe: TrainingSpec,
    threads: int = 2,
    epsilon: float | None = None,
) -> tuple[Trainer, Batches]:
    """Make a trainer and its batches.

    Args:
        stack: The stack; its seed draws the weights and the order.
        pixels: `(N, H, W, C)`.
        labels: `(N,)`.
        recipe: In place of the stack's.
        threads: Threads inside a step.
        epsilon: In place of the optimizer's, if it has one.
    """
    shape, dtype = pixels.shape[1:], np.dtype(recipe.dtype)
    seed = stack.seed if recipe.shuffle else None
    batches = Batches(pixels, labels, normaliser(stack.input, shape, dtype), recipe.batch_size, seed)
    nodes = infer(find_scores(stack, infer(stack, shape)).stack, shape)
    weights = Parameters(nodes, dtype)
    weights.fill(make_weights(nodes, stack.seed).arrays)
    optimizer = make_optimizer(recipe)
    if epsilon is not None and hasattr(optimizer, "epsilon"):
        optimizer = replace(optimizer, epsilon=epsilon)
    graph, loss = TrainingGraph(nodes, dtype), LOSSES[recipe.loss]
    options = {"seed": stack.seed, "threads": threads, "log_every": recipe.log_every}
    return Trainer(graph, weights, batches, optimizer, loss, **options), batches
