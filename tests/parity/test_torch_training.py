"""Training, step by step, as PyTorch trains from the same weights on the same batches."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from cnnviz.config.load import load
from cnnviz.config.switches import Switches
from cnnviz.stack.spec import TrainingSpec
from cnnviz.training.trainer import Trainer

torch = pytest.importorskip("torch", reason="needs PyTorch")

from tests.helpers.trainers import make_trainer, random_examples  # noqa: E402
from tests.parity.torch_training import TorchTraining  # noqa: E402

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


def both(
    name: str, recipe: TrainingSpec | None = None, **settings: object
) -> tuple[Trainer, TorchTraining, list[float]]:
    """Train a bundled stack by its recipe, two epochs of three batches, here and in PyTorch."""
    shape, switches = STACKS[name]
    stack = load(name, Switches(settings=switches)).stack
    recipe = replace(recipe or stack.training, batch_size=BATCH, log_every=1, **settings)
    trainer, batches = make_trainer(stack, *random_examples(EXAMPLES, shape), recipe, epsilon=EPSILON)
    twin = TorchTraining(stack, trainer.weights.views, getattr(torch, recipe.dtype))
    for _ in trainer.run(2):
        pass
    orders = [batches.order(epoch) for epoch in (1, 2)]
    fed = (batches.batch(step, order) for order in orders for step in range(len(batches)))
    return trainer, twin, twin.train(recipe, fed, EPSILON)


@pytest.mark.parametrize("name", STACKS)
def test_the_tutorials_recipes(name: str) -> None:
    trainer, twin, theirs = both(name, dtype="float64")
    ours = [record.loss for record in trainer.progress.step_records]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    for layer, weights in twin.arrays().items():
        for weight, array in weights.items():
            mine = trainer.weights.views[layer][weight]
            # RMSprop makes steps of full length of gradients that are all but 0.
            assert abs(mine - array).max() <= 1e-7 * abs(array).max(), (layer, weight)


@pytest.mark.parametrize("name", ["mnist_nine_by_nine", "mnist_two_conv", "lenet5"])
def test_in_single_precision_curves_lie_on_top_of_each_other(name: str) -> None:
    trainer, _, theirs = both(name)
    ours = [record.loss for record in trainer.progress.step_records]
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop", "adam"])
def test_every_optimizer(optimizer: str) -> None:
    recipe = TrainingSpec(optimizer=optimizer, learning_rate=0.001, dtype="float64")
    trainer, _, theirs = both("lenet5", recipe)
    ours = [record.loss for record in trainer.progress.step_records]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
