"""Time a training's steps and epochs, here, in PyTorch and with loops over images, and see that memory does not grow.

    python -m tests.benchmarks.bench_training [STACK ...] [--rounds N] [--examples N]

Everybody trains the bundled stack by its own recipe on the same pictures of noise, in turn, several rounds over. A step
is one batch: pixels to numbers, forward, backward, the optimizer. The fastest of many steps counts: what others on the
machine take from a step is nobody's. The loops are those of the bare-NumPy tutorial, image by image and filter by
filter, forward and backward; theirs is timed on a few images and scaled up.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from cnnviz.config.load import load_stack
from cnnviz.stack.spec import Stack
from cnnviz.training.progress import EpochRecord
from tests.benchmarks.machine import describe
from tests.helpers.trainers import make_trainer, random_examples

STACKS = ("mnist_nine_by_nine", "mnist_two_conv", "lenet5", "cifar10")
EPOCHS = 5
"""Over which memory is watched."""

Steps = Iterator[None]


def cnnviz(stack: Stack, pixels: np.ndarray, labels: np.ndarray, threads: int) -> Steps:
    """Train here, a step at a time, for ever."""
    trainer, _ = make_trainer(stack, pixels, labels, stack.training, threads)
    for said in trainer.run(sys.maxsize):
        if not isinstance(said, EpochRecord):
            yield


def torch(stack: Stack, pixels: np.ndarray, labels: np.ndarray, threads: int) -> Steps:
    """Train in PyTorch, a step at a time, for ever."""
    import torch as pytorch

    from tests.parity.torch_training import TorchTraining

    trainer, batches = make_trainer(stack, pixels, labels, stack.training)
    twin = TorchTraining(stack, trainer.weights.views, pytorch.float32)
    optimizer = twin.optimizer(stack.training)
    while True:
        for number in range(len(batches)):
            pytorch.set_num_threads(threads)
            x, y = batches.batch(number, None)
            twin.step(optimizer, pytorch.from_numpy(x), pytorch.from_numpy(y))
            yield


def loops(pixels: np.ndarray, labels: np.ndarray, images: int) -> Callable[[], None]:
    """Go forward and back through `mnist_nine_by_nine`, image by image and filter by filter."""
    rng = np.random.default_rng(0)
    kernels = rng.normal(0, 0.01, (20, 9, 9))
    hidden, last = rng.normal(0, 0.02, (100, 2000)), rng.normal(0, 0.1, (10, 100))

    def correlate(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        windows = np.lib.stride_tricks.sliding_window_view(picture, kernel.shape)
        return (windows * kernel).sum((2, 3))

    def run() -> None:
        for picture, label in zip(pixels[:images, :, :, 0] / 255, labels[:images], strict=True):
            maps = np.maximum([correlate(picture, kernel) for kernel in kernels], 0)
            pooled = np.array([one.reshape(10, 2, 10, 2).mean((1, 3)) for one in maps])
            flat = pooled.reshape(-1)
            inner = hidden @ flat
            rectified = np.maximum(inner, 0)
            scores = last @ rectified
            shares = np.exp(scores - scores.max())
            error = shares / shares.sum() - np.eye(10)[label]
            back = (last.T @ error) * (inner > 0)
            np.outer(error, rectified), np.outer(back, flat)
            by_pool = (hidden.T @ back).reshape(20, 10, 10)
            for one, gradient in zip(maps, by_pool, strict=True):
                correlate(picture, np.kron(gradient, np.full((2, 2), 0.25)) * (one > 0))

    return run


def measure(contenders: dict[str, Steps], rounds: int, steps: int) -> dict[str, float]:
    """Take steps in turn; return the milliseconds of everybody's fastest, the first of each turn left out."""
    taken = dict.fromkeys(contenders, float("inf"))
    for _ in range(rounds):
        for name, contender in contenders.items():
            next(contender)
            for _ in range(steps):
                start = time.perf_counter()
                next(contender)
                taken[name] = min(taken[name], (time.perf_counter() - start) * 1e3)
    return taken


def memory(stack: Stack, pixels: np.ndarray, labels: np.ndarray) -> list[float]:
    """Return the memory held in MiB after each of some epochs."""
    trainer, _ = make_trainer(stack, pixels, labels, stack.training)
    page = os.sysconf("SC_PAGE_SIZE")
    held = []
    for said in trainer.run(EPOCHS):
        if isinstance(said, EpochRecord):
            held.append(int(Path("/proc/self/statm").read_text().split()[1]) * page / 2**20)
    return held


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stack", nargs="*", default=STACKS, help=", ".join(STACKS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=8, help="of a turn")
    parser.add_argument("--examples", type=int, default=8000, help="of the epoch that is worked out")
    options = parser.parse_args(arguments)
    print(f"{describe()}\n")
    for name in options.stack:
        stack = load_stack(name)
        stack = replace(stack, training=replace(stack.training, shuffle=False))
        shape = (*(stack.input.size or ()), 1 if stack.input.color == "gray" else 3)
        size = stack.training.batch_size
        pixels, labels = random_examples(10 * size, shape)
        contenders = {f"cnnviz {count}t": cnnviz(stack, pixels, labels, count) for count in (1, 2)}
        if importlib.util.find_spec("torch"):
            contenders |= {f"torch {count}t": torch(stack, pixels, labels, count) for count in (1, 2)}
        taken = measure(contenders, options.rounds, options.steps)
        if name == "mnist_nine_by_nine":
            images = size // 10
            run = loops(pixels, labels, images)
            start = time.perf_counter()
            run()
            taken["loops over images"] = (time.perf_counter() - start) * 1e3 * size / images
        peer = min((step for key, step in taken.items() if key.startswith("torch")), default=float("nan"))
        print(f"{name}: batches of {size}, {stack.training.optimizer}")
        for key, step in sorted(taken.items(), key=lambda item: item[1]):
            epoch = step * options.examples / size / 1e3
            print(f"    {key:18} {step:9.2f} ms a step {epoch:8.2f} s an epoch   {step / peer:6.2f} of PyTorch's best")
        if sys.platform == "linux":
            held = ", ".join(f"{size:.0f}" for size in memory(stack, pixels, labels))
            print(f"    memory after each of {EPOCHS} epochs: {held} MiB")


if __name__ == "__main__":
    main()
