"""What cnnviz learned from MNIST, and the digits of it that come along: `python -m tests.trained MNIST` remakes both.

MNIST is a folder of its files: what lies in sample_images was made of the ten thousand digits to test with. The first
8,000 train `sample:NAME`, each stack by its own recipe; the next 2,000, which none of them has seen, are
`sample:mnist`, every fifth to test on: MNIST is sorted by hands, and some of them are hard to read. `python -m
tests.trained MNIST FOLDER` writes all into another folder.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnviz.cli import execute
from cnnviz.io.datasets import read_dataset

SAMPLES = Path(__file__).parent.parent / "sample_images"
STACKS = ("lenet5", "mnist_nine_by_nine", "mnist_two_conv")
TRAINED_ON, END = 8000, 10000
EVERY = 5
"""Of `sample:mnist`, to test on."""


def make(data: str, samples: Path = SAMPLES) -> None:
    """Train the stacks, and keep some of the other digits.

    Args:
        data: MNIST.
        samples: Where to write: `trained/NAME.h5` and `mnist/`.
    """
    digits = read_dataset(data)
    assert isinstance(digits.pictures, np.ndarray)
    (samples / "mnist").mkdir(parents=True, exist_ok=True)
    kept = np.arange(TRAINED_ON, END)
    for part, chosen in (("train", kept[kept % EVERY > 0]), ("t10k", kept[kept % EVERY == 0])):
        _write(samples / "mnist" / f"{part}-images-idx3-ubyte.gz", digits.pictures[chosen])
        _write(samples / "mnist" / f"{part}-labels-idx1-ubyte.gz", digits.labels[chosen].astype(np.uint8))
    (samples / "trained").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for stack in STACKS:
            weights = Path(folder, f"{stack}.h5")
            arguments = ["--config", stack, "--data", data, "--range", f"0:{TRAINED_ON}", "--output", str(weights)]
            assert execute(["train", *arguments]) == 0, stack
            (samples / "trained" / weights.name).write_bytes(weights.read_bytes())


def _write(path: Path, numbers: NDArray[np.uint8]) -> None:
    """Write an IDX file (http://yann.lecun.com/exdb/mnist, "File formats"), the same bytes every time."""
    head = np.array([0x800 + numbers.ndim, *numbers.shape], ">u4").tobytes()
    path.write_bytes(gzip.compress(head + numbers.tobytes(), 9, mtime=0))


if __name__ == "__main__":
    make(sys.argv[1], *map(Path, sys.argv[2:]))
