"""Networks as exporters write them, every tensor against ONNX's reference evaluator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.interchange.onnx.running import assert_same, both, model, node

pytest.importorskip("onnx", reason="needs cnnviz[onnx]")

rng = np.random.default_rng(7)


def weights(*shape: int) -> np.ndarray[Any, Any]:
    return (rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]) or 1)).astype(np.float32)


def kinds(found: Any) -> list[str]:
    return [layer["type"] for layer in found.model.document["layers"]]


def test_a_small_classifier(tmp_path: Path) -> None:
    proto = model(
        [
            node("Conv", "x w1 b1", "c1", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            node("Relu", "c1", "r1"),
            node("MaxPool", "r1", "p1", kernel_shape=[2, 2], strides=[2, 2]),
            node("Conv", "p1 w2", "c2", kernel_shape=[3, 3], strides=[2, 1], pads=[0, 1, 1, 0]),
            node("Relu", "c2", "r2"),
            node("Flatten", "r2", "f", axis=1),
            node("Gemm", "f w3 b3", "y", transB=1, alpha=0.5, beta=2.0),
            node("Softmax", "y", "s", axis=1),
        ],
        [1, 3, 12, 14],
        {
            "w1": weights(8, 3, 3, 3),
            "b1": weights(8),
            "w2": weights(6, 8, 3, 3),
            "w3": weights(5, 6 * 3 * 6),
            "b3": weights(5),
        },
    )
    found, pairs = both(proto, tmp_path)
    assert kinds(found) == [
        "Conv2D",
        "Activation",
        "MaxPooling2D",
        "Conv2D",
        "Activation",
        "Flatten",
        "Dense",
        "Activation",
    ]
    assert found.model.document["input"]["size"] == [12, 14]
    assert_same(pairs, "s")
