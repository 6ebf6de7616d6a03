from __future__ import annotations

import pytest

from cnnviz.outputs.image_side import ImageSide, LayerNames, picture_order
from cnnviz.render.comparison.model import NO_LAYER


@pytest.mark.parametrize(
    ("path", "layer"),
    [
        ("00_input.png", (0, "input")),
        ("01_conv_1.png", (1, "conv_1")),
        ("01_conv_1/000.png", (1, "conv_1")),
        ("01_conv_1_composite.png", (1, "conv_1")),
        ("12_dense_kernels.png", (12, "dense")),
        ("123_dense.png", (123, "dense")),
        ("mine.png", (NO_LAYER, "")),
        ("1_conv.png", (NO_LAYER, "")),
        ("deep/01_conv.png", (NO_LAYER, "")),
    ],
)
def test_a_picture_that_no_report_lists_is_of_the_layer_in_its_name(path, layer):
    assert LayerNames().layer(path) == layer


def test_a_sheet_comes_before_its_maps():
    names = ["01_conv/001.png", "01_conv/000.png", "01_conv_kernels.png", "01_conv.png"]
    assert sorted(names, key=picture_order) == [
        "01_conv.png",
        "01_conv_kernels.png",
        "01_conv/000.png",
        "01_conv/001.png",
    ]


def test_only_names_that_cnnviz_gives_are_its_own_without_a_report():
    side = ImageSide("x", "damaged", None, frozenset())
    own = ["01_conv.png", "01_conv/000.png", "10_a-b_kernels.png"]
    assert all(side.own(path) for path in own)
    assert not any(side.own(path) for path in ["mine.png", "1_conv.png", "01_conv/mine.png", "01_conv/deep/000.png"])
