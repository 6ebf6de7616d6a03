"""Train the tutorials' stacks on MNIST here and in PyTorch, and draw every step's loss of both.

    python -m tests.parity.curves FOLDER [FIGURE]

FOLDER has MNIST's ten thousand test digits: the first 8,000 are trained on, the others tested on. Both begin with the
same weights and see the same batches, in single precision.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from msgspec.structs import replace

from cnnviz.config.load import load
from cnnviz.config.switches import Switches
from cnnviz.io.datasets import read_dataset
from cnnviz.stack.network import Network
from cnnviz.stack.prepared import normaliser
from cnnviz.stack.weights import StackWeights
from cnnviz.workflows.prepare.examples import prepare_examples
from tests.helpers.trainers import make_trainer
from tests.parity.torch_training import TorchTraining

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE = Path(__file__).parents[2] / "sample_images" / "trained" / "pytorch.png"
STACKS = {
    "mnist_nine_by_nine": (),
    "mnist_two_conv": (),
    "lenet5": ("input.size=[28,28]", "conv_1.padding=2"),
}


class Curves(NamedTuple):
    """Every step's loss, here and in PyTorch, and the accuracy at the end."""

    ours: np.ndarray
    theirs: np.ndarray
    our_accuracy: float
    their_accuracy: float


def train(name: str, folder: Path) -> Curves:
    """Train a stack by its recipe in both."""
    stack = load(name, Switches(settings=STACKS[name])).stack
    examples = read_dataset(folder, "test")
    pixels, labels = prepare_examples(examples, stack.input, []), examples.labels
    recipe = replace(stack.training, log_every=1)
    trainer, batches = make_trainer(stack, pixels[:8000], labels[:8000], recipe)
    twin = TorchTraining(stack, trainer.weights.views, torch.float32)
    for _ in trainer.run(recipe.epochs):
        pass
    orders = [batches.order(epoch + 1) for epoch in range(recipe.epochs)]
    theirs = twin.train(recipe, (batches.batch(step, order) for order in orders for step in range(len(batches))))
    shape, last = pixels.shape[1:], stack.layers[-1].name
    nodes = stack.build(shape).nodes
    network = Network(stack, shape, nodes, StackWeights(trainer.weights.rounded(), {}), "float32")
    tested, truth = pixels[8000:], labels[8000:]
    with torch.no_grad():
        scores = twin.forward(torch.from_numpy(normaliser(stack.input, shape, np.dtype("float32"))(tested))).numpy()
    return Curves(
        np.array([record.loss for record in trainer.progress.step_records]),
        np.array(theirs),
        float((network.forward(tested)[last].argmax(1) == truth).mean()),
        float((scores.argmax(1) == truth).mean()),
    )


def draw(curves: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Draw the losses, ours over PyTorch's."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.2), layout="constrained")
    for axes, (name, (ours, theirs)) in zip(figure.subplots(1, len(curves)), curves.items(), strict=True):
        axes.plot(range(1, len(theirs) + 1), theirs, color="C1", linewidth=3, alpha=0.6, label="PyTorch")
        axes.plot(range(1, len(ours) + 1), ours, color="C0", linewidth=0.8, label="cnnviz")
        axes.set_yscale("log")
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("loss")
    figure.axes[0].legend()
    return figure


def main() -> None:
    """Read the command line, train, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("figure", type=Path, nargs="?", default=FIGURE)
    options = parser.parse_args()
    found = {name: train(name, options.folder) for name in STACKS}
    for name, curves in found.items():
        difference = abs(curves.ours - curves.theirs)
        print(
            f"{name}: test accuracy {curves.our_accuracy:.2%}, PyTorch {curves.their_accuracy:.2%}; "
            f"losses of {len(curves.ours)} steps differ by {difference.mean():.1e}, at most {difference.max():.1e}"
        )
    draw({name: (curves.ours, curves.theirs) for name, curves in found.items()}).savefig(options.figure, dpi=110)


if __name__ == "__main__":
    main()
