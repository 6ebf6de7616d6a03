"""What Keras computed, held through the public face; `tests/parity/make_oracles.py` made the data."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from cnnviz.config.load import load_stack
from tests.helpers.activations import EXPECTED
from tests.helpers.kinds import keras_kinds
from tests.helpers.rows import each

ORACLES = Path(__file__).parent / "data" / "oracles"
CASES = sorted(path.parent.name for path in ORACLES.glob("*/stack.yaml"))
EXACTNESS = {"float64": 1e-9, "float32": 1e-5}


def read_pixels(path, color):
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE if color == "gray" else cv2.IMREAD_COLOR)
    return pixels[..., None] if color == "gray" else pixels[..., ::-1]


@each("dtype", ["float64", "float32"])
@each("case", CASES)
def test_every_layer_equals_keras(case, dtype):
    folder = ORACLES / case
    stack = load_stack(folder / "stack.yaml")
    pixels = read_pixels(folder / "input.png", stack.input.color)
    weights = folder / "weights.h5"
    network = stack.build(pixels.shape, weights=weights if weights.exists() else None, dtype=dtype)
    outputs = network.forward(pixels)
    with np.load(folder / "expected.npz") as expected:
        assert set(expected) == set(outputs)
        for name, wanted in expected.items():
            assert outputs[name].shape == wanted.shape, name
            span = np.ptp(wanted) or abs(wanted).max() or 1
            assert abs(outputs[name] - wanted).max() <= EXACTNESS[dtype] * span, name


def test_every_kind_and_activation_is_covered():
    layers = [layer for case in CASES for layer in load_stack(ORACLES / case / "stack.yaml").layers]
    assert {type(layer).__name__ for layer in layers} == set(keras_kinds())
    named = {getattr(layer, "activation", None) for layer in layers}
    assert named >= {name for name, expected in EXPECTED.items() if expected.keras} | {"softmax", "log_softmax"}
