"""Training, step by step, as PyTorch trains from the same weights on the same batches."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from cnnviz.config.load import load
from cnnviz.config.switches import Switches
from cnnviz.stack.network import normaliser
from cnnviz.stack.scores import without_softmax
from cnnviz.stack.spec import Stack, TrainingSpec
from cnnviz.training.batches import Batches
from cnnviz.training.graph import TrainingGraph
from cnnviz.training.losses import LOSSES
from cnnviz.training.parameters import Parameters
from cnnviz.training.trainer import Rules, Trainer
from cnnviz.workflows.training.request import make_optimizer

torch = pytest.importorskip("torch", reason="needs PyTorch")

from parity.torch_training import TorchTraining  # noqa: E402

pytestmark = pytest.mark.parity

EXAMPLES, BATCH = 24, 8

EPSILON = 1e-30
"""So small that it does not matter where it is added: there Keras's RMSprop and Adam, which are ours, and PyTorch's
differ."""

STACKS = {
    "mnist_nine_by_nine": ((28, 28, 1), ()),
    "mnist_two_conv": ((28, 28, 1), ()),
    "lenet5": ((28, 28, 1), ("input.size=[28,28]", "conv_1.padding=2")),
    # Without what is random: the two drop other units.
    "cifar10": ((32, 32, 3), tuple(f"{name}.rate=0" for name in ("dropout", "dropout_1", "dropout_2"))),
}


def both(name: str, dtype: str, recipe: TrainingSpec | None = None) -> tuple[Trainer, TorchTraining, list[float]]:
    """Train a bundled stack by its recipe, two epochs of three batches, here and in PyTorch."""
    shape, settings = STACKS[name]
    stack: Stack = load(name, Switches(settings=settings)).stack
    recipe = recipe or stack.training
    rng = np.random.default_rng(0)
    pixels, labels = rng.integers(0, 256, (EXAMPLES, *shape), np.uint8), rng.integers(0, 10, EXAMPLES)
    network = stack.build(shape)
    batches = Batches(pixels, labels, normaliser(stack.input, shape, np.dtype(dtype)), BATCH, seed=0)
    scoring = without_softmax(stack)
    nodes = scoring.build(shape).nodes
    weights = Parameters(nodes, np.dtype(dtype))
    weights.fill(network.weights)
    optimizer = make_optimizer(recipe)
    if hasattr(optimizer, "epsilon"):
        optimizer = replace(optimizer, epsilon=EPSILON)
    rules = Rules(optimizer, LOSSES["cross_entropy"], 0, 2, log_every=1)
    trainer = Trainer(TrainingGraph(nodes, np.dtype(dtype)), weights, batches, rules)
    for _ in trainer.run(2):
        pass
    twin = TorchTraining(stack, network.weights, getattr(torch, dtype))
    orders = [batches.order(epoch) for epoch in (1, 2)]
    fed = (batches.batch(step, order) for order in orders for step in range(len(batches)))
    theirs = twin.train(recipe, fed, EPSILON)
    return trainer, twin, theirs


@pytest.mark.parametrize("name", STACKS)
def test_the_tutorials_recipes(name: str) -> None:
    trainer, twin, theirs = both(name, "float64")
    ours = [record.loss for record in trainer.progress.step_records]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    for layer, weights in twin.arrays().items():
        for weight, array in weights.items():
            mine = trainer.weights.views[layer][weight]
            # RMSprop makes steps of full length of gradients that are all but 0.
            assert abs(mine - array).max() <= 1e-7 * abs(array).max(), (layer, weight)


@pytest.mark.parametrize("name", ["mnist_nine_by_nine", "mnist_two_conv", "lenet5"])
def test_in_single_precision_curves_lie_on_top_of_each_other(name: str) -> None:
    trainer, _, theirs = both(name, "float32")
    ours = [record.loss for record in trainer.progress.step_records]
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop", "adam"])
def test_every_optimizer(optimizer: str) -> None:
    recipe = replace(TrainingSpec(), optimizer=optimizer, learning_rate=0.001)
    trainer, _, theirs = both("lenet5", "float64", recipe)
    ours = [record.loss for record in trainer.progress.step_records]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
