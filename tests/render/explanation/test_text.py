"""What people read: golden files, lines that fit, and numbers that are right in the text itself."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cnnviz.layers import find_kind
from cnnviz.render.explanation.figure import to_figure
from cnnviz.render.explanation.text import WIDTH, to_text
from cnnviz.workflows.explain.explain import explain
from cnnviz.workflows.explain.places import NamedPlace
from cnnviz.workflows.prepare.request import StackRequest
from tests.helpers.explained import explained, kernel, ramp

CASES = {
    "conv2d": (
        {"type": "Conv2D", "filters": 2, "kernel_size": [2, 3], "padding": "same", "activation": "relu"},
        (4, 5, 5),
        NamedPlace((3, 4), 1),
    ),
    "depthwise": ({"type": "DepthwiseConv2D", "kernel_size": 2, "dilation_rate": 2}, (4, 4, 2), NamedPlace((1, 0), 1)),
    "transposed": (
        {"type": "Conv2DTranspose", "filters": 1, "kernel_size": 3, "strides": 2, "activation": "silu"},
        (3, 3, 1),
        NamedPlace((2, 3), 0),
    ),
    "separable": (
        {"type": "SeparableConv2D", "filters": 1, "kernel_size": 2, "depth_multiplier": 2},
        (3, 3, 2),
        NamedPlace((0, 1), 0),
    ),
    "max_pooling": ({"type": "MaxPooling2D", "pool_size": 3, "padding": "same"}, (4, 4, 2), NamedPlace((1, 1), 1)),
    "average_pooling": (
        {"type": "AveragePooling2D", "pool_size": 2, "padding": "same"},
        (3, 3, 1),
        NamedPlace((1, 0), 0),
    ),
    "global_max": ({"type": "GlobalMaxPooling2D"}, (13, 14, 2), NamedPlace((1,))),
    "batch_normalization": (
        {"type": "BatchNormalization", "moving_mean_initializer": "ones"},
        (2, 2, 3),
        NamedPlace((1, 0), 2),
    ),
    "layer_normalization": ({"type": "LayerNormalization", "epsilon": 0.001}, (2, 2, 3), NamedPlace((1, 0), 2)),
    "softmax": ({"type": "Softmax"}, (2, 2, 4), NamedPlace((1, 0), 2)),
    "bilinear": ({"type": "UpSampling2D", "interpolation": "bilinear"}, (3, 3, 1), NamedPlace((2, 3), 0)),
    "flatten": ({"type": "Flatten"}, (3, 4, 2), NamedPlace(unit=13)),
    "padding": ({"type": "ZeroPadding2D", "padding": 2}, (3, 4, 2), NamedPlace((1, 3), 1)),
}


def text_of(folder, layer, shape, wanted):
    drawn = {"type": "random_uniform", "minval": -1, "maxval": 1}
    fields = find_kind(layer["type"]).__struct_fields__
    kernels = {field: drawn for field in fields if field.endswith(("kernel_initializer", "wise_initializer"))}
    return to_text(explained(folder, [{"name": "it", **kernels, **layer}], ramp(*shape), wanted=wanted))


@pytest.mark.parametrize("name", CASES)
def test_a_kind_explains_itself(name, tmp_path, golden):
    text = text_of(tmp_path, *CASES[name])
    assert all(len(line) <= WIDTH and line == line.rstrip() for line in text.splitlines())
    golden(f"explain_{name}.txt", text)


def test_the_worked_example(golden):
    found = explain("sample:conv_arithmetic", StackRequest("conv_arithmetic"), "conv_1", NamedPlace((0, 0), 1))
    golden("explain_conv_arithmetic.txt", to_text(found.value))


def test_dense_units_with_softmax_and_a_class(tmp_path, golden):
    layers = [{"type": "Flatten"}, {"type": "Dense", "name": "scores", "units": 3, "activation": "softmax"}]
    value = explained(tmp_path, layers, ramp(5, 4, 1) / 10, "scores", NamedPlace(unit=1), classes=["cat", "dog", "owl"])
    golden("explain_dense.txt", to_text(value))


def test_merging_layers_name_what_meets(tmp_path, golden):
    layers = [
        {"type": "MaxPooling2D", "name": "pool", "strides": 1, "padding": "same"},
        {"type": "Maximum", "name": "max", "inputs": ["pool", "input"]},
        {"type": "Average", "name": "mean", "inputs": ["pool", "input", "max"]},
    ]
    golden("explain_average.txt", to_text(explained(tmp_path, layers, ramp(3, 3, 1), wanted=NamedPlace((1, 1), 0))))


def test_the_sums_of_the_text_are_right(tmp_path):
    layer = {"type": "Conv2D", "filters": 1, "kernel_size": 3, "name": "it", "kernel_initializer": kernel(3, 3, 3, 1)}
    text = to_text(explained(tmp_path, [layer], ramp(5, 5, 3), wanted=NamedPlace((1, 1), 0)))
    total = 0.0
    for sum_, rows in re.findall(r"products, sum (\S+)\n.*\n((?: +row .*\n){3})", text):
        values, weights, products = np.array(
            [np.array(re.sub(r"row \d+|[*=]", "", row).split(), float).reshape(3, 3) for row in rows.splitlines()]
        ).swapaxes(0, 1)
        np.testing.assert_array_equal(values * weights, products)
        assert products.sum() == float(sum_)
        total += float(sum_)
    assert f"= {total:g}\n" in text
    assert f"value {total:g};" in text


def test_a_window_that_is_too_wide_is_listed(tmp_path):
    layer = {"type": "Conv2D", "filters": 1, "kernel_size": 13, "name": "it"}
    text = to_text(explained(tmp_path, [layer], ramp(13, 13, 1)))
    assert "the strongest 12 of 169 are shown, 157 are not; their products add up to" in text


@pytest.mark.parametrize("size", [1, 2])
def test_a_window_of_nothing_but_padding_says_so(tmp_path, size):
    layer = {
        "type": "Conv2D",
        "filters": 1,
        "kernel_size": size,
        "padding": 2,
        "bias_initializer": "ones",
        "name": "it",
    }
    value = explained(tmp_path, [layer], ramp(3, 3, 1), wanted=NamedPlace((0, 0), 0))
    text = to_text(value)
    assert "of input (3x3x1): nothing but padding" in text
    assert "value 1; the forward pass gives 1: the same" in text
    assert "It depends on no pixel of the input" in text
    assert to_figure(value, ".svg")


def test_rows_far_apart_are_told_by_their_steps(tmp_path):
    layer = {"type": "Conv2D", "filters": 1, "kernel_size": [5, 3], "dilation_rate": 2, "name": "it"}
    text = to_text(explained(tmp_path, [layer], ramp(9, 5, 1)))
    assert "reads rows 0 to 8 in steps of 2, columns 0, 2, 4 of input (9x5x1)" in text
    assert "It depends on rows 0 to 8, columns 0 to 4 (9x5) of the input, 15 pixels of them." in text


def test_lines_fit_however_long_the_names(tmp_path):
    layers = [{"type": "ReLU", "name": "x" * 100}, {"type": "Add", "name": "y" * 100, "inputs": ["x" * 100, "input"]}]
    text = to_text(explained(tmp_path, layers, ramp(3, 3, 1)))
    assert all(len(line) <= WIDTH for line in text.splitlines())


def test_a_place_that_no_stamp_reaches_says_so(tmp_path):
    layer = {"type": "Conv2DTranspose", "filters": 1, "kernel_size": 1, "strides": 3, "name": "it"}
    text = to_text(explained(tmp_path, [layer], ramp(2, 2, 1), wanted=NamedPlace((1, 1), 0)))
    assert "The stamps of no pixels reach this place" in text.replace("\n", " ")
    assert "No pixel of the input reaches this value." in text
