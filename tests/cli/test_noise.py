"""Rounding errors are not signal: what is flat comes out flat, through every layer that could blow it up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from cnnviz import load_stack
from tests.helpers.commands import Outcome

STACK = """\
input: {color: rgb}
layers:
  - {type: Conv2D, name: edges, filters: 2, kernel_size: 3, use_bias: false,
     kernel_initializer: {type: filters, names: [sobel_x, laplacian]}}
  - {type: LayerNormalization, name: normed, epsilon: 1e-12}
  - {type: Conv2D, name: large, filters: 2, kernel_size: 24, inputs: [input]}
  - {type: LayerNormalization, name: by_pixel, axis: [1, 2], epsilon: 1e-12, inputs: [large]}
  - {type: Conv2D, name: box, filters: 2, kernel_size: 12, inputs: [input],
     kernel_initializer: {type: constant, value: 0.12}}
  - {type: AveragePooling2D, name: mean, pool_size: 3, strides: 1, padding: same, inputs: [box]}
  - {type: DepthwiseConv2D, name: depth, kernel_size: 3, inputs: [input], depth_multiplier: 2}
  - {type: SeparableConv2D, name: apart, filters: 2, kernel_size: 3}
  - {type: Conv2DTranspose, name: stamped, filters: 2, kernel_size: 2, strides: 2, inputs: [input],
     kernel_initializer: {type: constant, value: 0.1}}
  - {type: BatchNormalization, name: batch, inputs: [large]}
  - {type: UpSampling2D, name: up, interpolation: bilinear, inputs: [large]}
  - {type: Conv2D, name: many, filters: 32, kernel_size: 3, inputs: [input], activation: selu}
  - {type: Conv2D, name: wino, filters: 32, kernel_size: 3}
  - {type: Subtract, name: gone, inputs: [large, large]}
  - {type: GlobalAveragePooling2D, name: pooled, inputs: [edges]}
  - {type: Dense, name: units, units: 3, kernel_initializer: {type: constant, value: 0.1}, inputs: [pooled]}
"""
SCALED = "{color: rgb, scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}"


@pytest.mark.parametrize(
    ("color", "dtype", "scaled"),
    [
        ((137, 41, 203), "float32", True),
        ((1, 1, 1), "float64", False),
        *(
            pytest.param(color, dtype, scaled, marks=pytest.mark.slow)
            for color in ((137, 41, 203), (1, 1, 1), (255, 255, 255))
            for dtype in ("float64", "float32")
            for scaled in (False, True)
        ),
    ],
)
def test_a_flat_picture_comes_out_flat(
    cnnviz: Callable[..., Outcome], tmp_path: Path, color: tuple[int, int, int], dtype: str, scaled: bool
) -> None:
    (tmp_path / "noise.yaml").write_text(STACK.replace("{color: rgb}", SCALED) if scaled else STACK)
    cv2.imwrite(str(tmp_path / "flat.png"), np.full((60, 70, 3), color, np.uint8))
    assert cnnviz("run", "flat.png", "-c", "noise.yaml", "-o", "out", "--dtype", dtype, "--scale-by", "map").status == 0
    report = json.loads((tmp_path / "out/flat/report.json").read_text())
    for layer in report["layers"]:
        for picture in layer["maps"]:
            levels = cv2.imread(str(tmp_path / "out/flat" / picture["path"]), cv2.IMREAD_UNCHANGED)
            assert np.ptp(levels) == 0, picture["path"]
            assert levels[0, 0] in (0, 128)
        assert layer["notes"], layer["name"]
    zero = {layer["name"]: layer["stats"]["zero_fraction"] for layer in report["layers"]}
    assert zero["edges"] == zero["normed"] == zero["gone"] == zero["pooled"] == zero["units"] == 1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_signal_is_kept_however_weak(cnnviz: Callable[..., Outcome], tmp_path: Path, dtype: str) -> None:
    layers = "[{type: AveragePooling2D, name: pool, pool_size: 2}]"
    (tmp_path / "s.yaml").write_text(f"layers: {layers}")
    array = np.random.default_rng(0).uniform([4000, 0.5], [5000, 0.504], (16, 16, 2))
    np.save(tmp_path / "x.npy", array)
    assert cnnviz("run", "x.npy", "-c", "s.yaml", "-o", "out", "--dtype", dtype, "--scale-by", "map").status == 0
    report = json.loads((tmp_path / "out/x/report.json").read_text())
    assert not report["layers"][0]["notes"]
    weak = cv2.imread(str(tmp_path / "out/x" / report["layers"][0]["maps"][1]["path"]), cv2.IMREAD_UNCHANGED)
    assert (weak.min(), weak.max()) == (0, 255)
    outcome = cnnviz("explain", "x.npy", "-c", "s.yaml", "--layer", "pool", "--channel", "1", "--dtype", dtype)
    assert outcome.status == 0 and "the same" in outcome.out


def test_a_batch_does_not_change_the_judgement(cnnviz: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "input: {color: gray}\nlayers:\n  - {type: Conv2D, name: c, filters: 1, kernel_size: 1}\n  - Flatten\n"
        "  - {type: Dense, name: d, units: 2, activation: softmax}\n"
    )
    network = load_stack(tmp_path / "s.yaml").build((2, 2, 1))
    network.weights["c"]["kernel"][...] = 1
    network.weights["d"]["kernel"][...] = np.array([[200, -200], [-200, 200], [0, 0], [0, 0]])
    network.save_weights(tmp_path / "w.h5")
    pictures = np.full((5, 2, 2), 0.5, np.float32)
    pictures[[0, 2], 0, 0] = pictures[[1, 3], 0, 1] = 0.51
    pictures[4] = [[60000, 50000], [50000, 50000]]
    np.savez(tmp_path / "d.npz", x=pictures, y=np.array([0, 1, 0, 1, 0]))
    for size in ("1", "2", "5"):
        options = ["-c", "s.yaml", "--weights", "w.h5", "--data", "d.npz", "-q", "--batch-size", size]
        outcome = cnnviz("evaluate", *options)
        assert outcome.status == 0 and "(5 of 5)" in outcome.out, outcome
