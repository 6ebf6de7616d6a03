"""Rounding errors are not signal: what is flat comes out flat, through every layer that could blow it up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import Outcome

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
  - {type: AveragePooling2D, name: mean, pool_size: 3, strides: 1, inputs: [box]}
"""


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("color", [(137, 41, 203), (1, 1, 1), (255, 255, 255)])
def test_a_flat_picture_comes_out_flat(
    cnnviz: Callable[..., Outcome], tmp_path: Path, color: tuple[int, int, int], dtype: str
) -> None:
    (tmp_path / "noise.yaml").write_text(STACK)
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
    assert zero["edges"] == zero["normed"] == 1
