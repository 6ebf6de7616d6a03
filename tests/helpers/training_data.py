"""What tests of training share: labelled pictures that are easy to tell apart, and a stack small enough to learn it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

STACK = """\
name: tiny
input: {color: gray, scale: 1/255}
seed: 4
classes: [left, right, top]
training: {optimizer: adam, learning_rate: 0.02, batch_size: 8, epochs: 3}
layers:
  - {type: Conv2D, name: conv, filters: 3, kernel_size: 3, activation: relu}
  - {type: MaxPooling2D, name: pool, pool_size: 2}
  - {type: Flatten, name: flat}
  - {type: Dropout, name: drop, rate: 0.1}
  - {type: Dense, name: scores, units: 3, activation: softmax}
"""


def examples(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Give pictures of 6x6 pixels that are bright on the left, on the right or at the top, with noise, and which."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    pictures = rng.integers(0, 80, (count, 6, 6))
    for picture, label in zip(pictures, labels, strict=True):
        picture[(np.s_[:, :2], np.s_[:, 4:], np.s_[:2])[label]] += 120
    return pictures.astype(np.uint8), labels


def write_npz(path: Path, count: int = 45, seed: int = 0, tests: int = 20) -> None:
    """Write examples to train and to test on, as Keras's `mnist.npz` has them."""
    pictures, labels = examples(count, seed)
    test_pictures, test_labels = examples(tests, seed + 1)
    np.savez(path, x_train=pictures, y_train=labels, x_test=test_pictures, y_test=test_labels)
