"""What tests of the command line share: a small stack, pictures, and what a command left behind."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

STACK = """\
name: small
input: {color: gray}
layers:
  - {type: Conv2D, name: conv, filters: 3, kernel_size: 3}
  - {type: Activation, name: act, activation: relu}
  - {type: MaxPooling2D, name: pool}
"""


class Outcome(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


def picture(path: Path, seed: int = 0, height: int = 16, width: int = 18) -> None:
    """Write a small random picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    assert cv2.imwrite(str(path), pixels)


def files(folder: Path) -> set[str]:
    """List all files below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
