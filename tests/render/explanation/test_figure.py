"""Figures: looked at by people; here every number is found in the SVG's texts, and nothing fails to be drawn."""

from __future__ import annotations

import re

import cv2
import msgspec
import numpy as np
import pytest

from cnnviz.render.explanation.figure import to_figure
from cnnviz.workflows.explain.explain import explain
from cnnviz.workflows.explain.places import NamedPlace
from cnnviz.workflows.prepare.request import StackRequest
from tests.helpers.explained import explained, ramp


def worked_example():
    return explain("sample:conv_arithmetic", StackRequest("conv_arithmetic"), "conv_1", NamedPlace((0, 0), 1)).value


def texts(value):
    svg = to_figure(value, ".svg").decode()
    return [re.sub("<[^>]*>", "", text).strip() for text in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.DOTALL)]


def test_every_number_of_the_worked_example_is_there():
    found = texts(worked_example())
    numbers = [text.replace("\N{MINUS SIGN}", "-") for text in found]
    # Three channels of 5x5 and the 3x3 output; three windows of 9 weights, 4 values and 4 products; rows and columns.
    cells = [text for text in numbers if re.fullmatch(r"-?[0-9]", text)]
    labels = 3 * (3 + 3) + (3 + 3) + 3 * (3 + 3)
    assert len(cells) == 3 * 25 + 9 + 3 * (9 + 4 + 4) + labels
    assert found.count("\N{MIDDLE DOT}") == 3 * 2 * 5
    for text in ("= -8", "sum -1", "sum -4", "sum -3", "sum(values * weights) = -1 - 4 - 3", "sum + bias = -8 + 0"):
        assert text in found


def test_the_formats_are_those_and_the_bytes_always_the_same(tmp_path):
    value = explained(tmp_path, [{"type": "MaxPooling2D", "name": "it"}], ramp(2, 2, 1))
    png, svg, pdf = (to_figure(value, format_) for format_ in (".png", ".svg", ".PDF"))
    assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape[1] == 1500
    assert svg.startswith(b"<?xml")
    assert pdf.startswith(b"%PDF")
    assert svg == to_figure(value, ".svg")


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        pytest.param(
            {"type": "GlobalAveragePooling2D"},
            (70, 80, 2),
            "the strongest 12 of 5,600 are shown",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            {"type": "MaxPooling2D", "pool_size": 20},
            (40, 40, 1),
            "too small for numbers: --json has them",
            marks=pytest.mark.slow,
        ),
        (
            {"type": "Conv2D", "filters": 1, "kernel_size": 3, "padding": "same"},
            (6, 7, 9),
            "the other 6 channels are not shown; their products add up to",
        ),
        pytest.param({"type": "Add", "inputs": ["input", "input"]}, (6, 7, 1), "x1 = ", marks=pytest.mark.slow),
        pytest.param(
            {"type": "Conv2DTranspose", "filters": 1, "kernel_size": 1, "strides": 3},
            (2, 2, 1),
            "No pixel of the input",
            marks=pytest.mark.slow,
        ),
        pytest.param({"type": "Flatten"}, (3, 3, 1), "it: all 9 units", marks=pytest.mark.slow),
        pytest.param({"type": "Flatten"}, (1300, 2, 1), "it: all 2,600 units", marks=pytest.mark.slow),
        ({"type": "Conv2D", "filters": 3, "kernel_size": 1, "activation": "softmax"}, (2, 2, 3), "exponentials"),
    ],
)
def test_what_is_left_out_is_said(layer, shape, words, tmp_path):
    wanted = NamedPlace((1, 1), 0) if layer["type"] == "Conv2DTranspose" else None
    found = texts(explained(tmp_path, [{"name": "it", **layer}], ramp(*shape), wanted=wanted))
    assert any(words in text for text in found), found


def test_a_picture_is_shown_with_its_receptive_field_enlarged():
    value = explain("sample:chelsea", StackRequest("l3"), "conv_2", NamedPlace((40, 62), 1)).value
    found = texts(value)
    assert {"the picture and the receptive field", "enlarged", "max_pooling2d, channel 1", "conv_2, channel 1"} <= set(
        found
    )


def test_a_picture_that_is_not_finite_is_drawn(tmp_path):
    array = ramp(5, 5, 1)
    array[2, 2] = np.inf
    layer = {"type": "Conv2D", "name": "it", "filters": 1, "kernel_size": 3}
    assert "inf" in texts(explained(tmp_path, [layer], array, wanted=NamedPlace((0, 0), 0)))


def test_terms_that_are_not_finite_are_listed(tmp_path):
    array = ramp(1, 1, 30)
    array[0, 0, :2] = np.inf, np.nan
    value = explained(tmp_path, [{"type": "Flatten"}, {"type": "Dense", "name": "it", "units": 2}], array)
    assert {"nan", "inf"} <= set(texts(value))


def test_a_vector_of_zeros_has_an_axis_of_its_own(tmp_path):
    found = texts(explained(tmp_path, [{"type": "Flatten", "name": "it"}], np.zeros((1, 1, 3))))
    assert "it: all 3 units" in found
    assert "0.05" in found
    assert not any("e\N{MINUS SIGN}" in text for text in found)


def test_any_name_of_a_file_is_written_as_it_is(tmp_path):
    value = explained(tmp_path, [{"type": "ReLU", "name": "it"}], ramp(2, 2, 1))
    named = msgspec.structs.replace(value, file="$x_1$ \u732b.npy")
    assert any("$x_1$ \u732b.npy" in text for text in texts(named))
    assert to_figure(named, ".png")
