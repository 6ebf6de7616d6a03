"""Fill the folders of `tests/data/oracles` that hold a `stack.yaml`: input, weights, and every layer's output.

Run it with Keras on PyTorch, for all cases or those named:

    KERAS_BACKEND=torch python -m tests.parity.make_oracles [CASE...]

An input or weights that exist are kept, so a case that came with them is only computed again.
"""

from __future__ import annotations

import sys
import zlib
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import yaml

from tests.parity.keras_twin import load_weights, outputs, randomise, save_weights, twin

ORACLES = Path(__file__).parents[1] / "data" / "oracles"


def make(folder: Path) -> None:
    """Compute one case in float64 from float32 weights."""
    stack = yaml.safe_load((folder / "stack.yaml").read_text("utf-8"))
    rng = np.random.default_rng(zlib.crc32(folder.name.encode()))
    picture = folder / "input.png"
    if not picture.exists():
        height, width = stack["input"]["size"]
        gray = stack["input"]["color"] == "gray"
        pixels = rng.integers(0, 256, (height, width) if gray else (height, width, 3), dtype=np.uint8)
        cv2.imwrite(str(picture), pixels)
    x = normalised(picture, stack["input"])
    model, names = twin(stack["layers"], x.shape)
    weights = folder / "weights.h5"
    if not weights.exists():
        randomise(model, rng)
        if model.weights:
            single, _ = twin(stack["layers"], x.shape, "float32")
            single.set_weights(model.get_weights())
            save_weights(single, weights)
    if weights.exists():
        load_weights(model, str(weights))
    np.savez_compressed(folder / "expected.npz", **outputs(model, names, x))
    print(f"{folder.name}: {len(names)} layers")


def normalised(picture: Path, spec: dict) -> np.ndarray:
    """Read a picture as the stack wants it, in float64."""
    pixels = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE if spec["color"] == "gray" else cv2.IMREAD_COLOR)
    if spec["color"] == "rgb":
        pixels = pixels[:, :, ::-1]
    x = pixels.reshape(*pixels.shape[:2], -1) * float(Fraction(str(spec.get("scale", 1))))
    return (x - np.asarray(spec.get("mean", 0))) / np.asarray(spec.get("std", 1))


if __name__ == "__main__":
    chosen = sys.argv[1:] or sorted(path.parent.name for path in ORACLES.glob("*/stack.yaml"))
    for case in chosen:
        make(ORACLES / case)
