"""The files that the examples of help, README and guide name, all of them small."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from cnnviz import load_stack
from cnnviz.cli import execute
from tests import gallery
from tests.helpers.commands import picture
from tests.helpers.datasets import cifar, digits, write_idx
from tests.helpers.models import write_keras

STACK = """\
input: {color: gray, size: [12, 12]}
layers:
  - {type: Conv2D, name: conv_1, filters: 2, kernel_size: 3}
  - Flatten
  - {type: Dense, units: 2}
"""


def make_things(folder: Path) -> Path:
    """Fill a folder with pictures, data sets, weights, outputs and a baseline."""
    picture(folder / "photo.jpg", 0, 160, 200)
    for number, name in enumerate(("photos/a.jpg", "photos/monday/img1.jpg", "tests/pictures/shape.png")):
        picture(folder / name, number, 64, 64)
    for name in ("pictures/cat/1.png", "pictures/dog/2.png"):
        picture(folder / name, 1)
    for number in range(10):
        picture(folder / f"digits/{number % 2}/{number}.png", number)
    (folder / "mystack.yaml").write_text(STACK)
    load_stack(folder / "mystack.yaml").build((12, 12, 1)).save_weights(folder / "w.h5")
    write_keras(folder / "model.h5")
    load_stack("lenet5").build((32, 32, 1)).save_weights(folder / "lenet5.h5")
    shutil.copyfile(gallery.TRAINED / "mnist_two_conv.h5", folder / "weights.h5")
    write_idx(folder / "mnist", "t10k", *digits(20))
    write_idx(folder / "mnist", "train", *digits(20))
    (folder / "cifar-10-batches-bin").mkdir()
    for name in ("data_batch_1.bin", "test_batch.bin"):
        pictures = np.zeros((10, 32, 32, 3), np.uint8)
        (folder / "cifar-10-batches-bin" / name).write_bytes(cifar(pictures, np.arange(10)))
    request = ["run", str(folder / "tests/pictures"), "-c", str(folder / "mystack.yaml"), "-o", str(folder / "out")]
    assert execute([*request, "-qq"]) == 0
    shutil.copytree(folder / "out", folder / "tests/baseline")
    return folder
