from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnviz import load_stack
from cnnviz.errors import UsageError
from cnnviz.layers.add import Add
from cnnviz.layers.explaining.records import ArithmeticStep, Explanation, Stage
from cnnviz.stack.graph import leading_to
from cnnviz.workflows.explain.explain import check, explain
from cnnviz.workflows.explain.places import NamedPlace
from cnnviz.workflows.prepare.request import StackRequest
from tests.helpers.examples import make
from tests.helpers.explained import explained, ramp
from tests.helpers.rows import each
from tests.helpers.strategies import stacks

CONV = {"type": "Conv2D", "name": "conv", "filters": 2, "kernel_size": 3}


@each("dtype", ["float64", "float32"])
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_value_of_any_stack_is_what_the_forward_pass_gives(data, dtype):
    config, shape = data.draw(stacks())
    network = load_stack(config).build(shape, threads=1, dtype=dtype)
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(float)
    node = data.draw(st.sampled_from(network.nodes))
    tensors = network.forward(pixels)
    tensors["input"] = (pixels / 255).astype(dtype)
    output = tensors[node.layer.name]
    place = tuple(data.draw(st.integers(0, length - 1)) for length in output.shape)
    inputs = [tensors[name] for name in node.layer.inputs]
    with np.errstate(all="ignore"):
        explanation = node.layer.explain(network.weights.get(node.layer.name, {}), place, *inputs)
    check(explanation, float(output[place]), inputs, node.layer.name)


def one(value, rounding=None):
    return Explanation((Stage("It is.", (), (ArithmeticStep("x", "x", {"x": value}, value),)),), rounding)


@each(
    ("value", "forward", "dtype"),
    [
        (1.0, 1.0 + 1e-15, "float64"),
        (1.0, 1.000001, "float32"),
        (np.nan, np.nan, "float64"),
        (np.inf, np.inf, "float64"),
    ],
)
def test_rounding_passes(value, forward, dtype):
    check(one(value), forward, [np.ones((2, 2, 1), dtype)], "it")


@each(
    ("value", "forward", "dtype"),
    [(1.0, 1.0 + 1e-13, "float64"), (1.0, 1.0001, "float32"), (1.0, np.nan, "float64"), (np.inf, 1.0, "float64")],
)
def test_any_other_difference_is_a_bug(value, forward, dtype):
    with pytest.raises(RuntimeError, match=r"it: the explanation leads to .*, the forward pass gave"):
        check(one(value), forward, [np.ones((2, 2, 1), dtype)], "it")


def test_rounding_is_measured_by_what_is_added_up_for_this_value():
    x = np.full((5, 5, 1), 0.5)
    x[0, 0] = 1e12
    kernel = np.ones((2, 2, 1, 1), np.float32)
    layer = make("Conv2D", {"filters": 1, "kernel_size": 2, "use_bias": False})
    far, near = (layer.explain({"kernel": kernel}, place, x) for place in ((3, 3, 0), (0, 0, 0)))
    check(near, near.value + 1e-4, [x], "it")
    with pytest.raises(RuntimeError):
        check(far, far.value + 1e-4, [x], "it")
    check(one(0.0, lambda unit: 1e12 * unit), 1e-5, [x], "it")


def test_nothing_can_be_said_of_sums_of_what_is_not_finite():
    check(one(1.0), np.nan, [np.array([[[np.inf]]])], "it")


def test_only_the_layers_that_lead_there_are_kept():
    layers = [
        CONV,
        {**CONV, "name": "other", "inputs": ["input"]},
        {"type": "ReLU", "name": "relu", "inputs": ["conv"]},
    ]
    network = load_stack({"layers": layers}).build((5, 5, 3))
    assert [node.layer.name for node in leading_to(network.nodes, "relu")] == ["conv", "relu"]


def test_layers_after_it_are_not_run(tmp_path, monkeypatch):
    def fail(*_):
        raise AssertionError("the layer was made ready")

    monkeypatch.setattr(Add, "prepare", fail)
    layers = [CONV, {"type": "Add", "name": "add", "inputs": ["conv", "conv"]}]
    assert explained(tmp_path, layers, ramp(5, 5, 1), "conv").node.layer.name == "conv"
    with pytest.raises(AssertionError, match="made ready"):
        explained(tmp_path, layers, ramp(5, 5, 1), "add")


def test_what_is_read_is_scaled_as_the_network_has_it(tmp_path):
    value = explained(tmp_path, [CONV], ramp(5, 5, 1), input={"scale": "1/2", "mean": [1]})
    patch = value.explanation.stages[0].patches[0]
    row, column = value.place[:2]
    np.testing.assert_array_equal(patch.values, ramp(5, 5, 1)[row : row + 3, column : column + 3] / 2 - 1)


def remarks(tmp_path, wanted, layers=(CONV,)):
    np.save(tmp_path / "array.npy", ramp(6, 7, 1))
    request = StackRequest({"layers": list(layers)})
    found = explain(str(tmp_path / "array.npy"), request, layers[-1]["name"], wanted)
    return found.value, " ".join(found.remarks)


def test_without_a_place_the_largest_value_is_explained(tmp_path):
    value, said = remarks(tmp_path, NamedPlace())
    row, column, channel = value.place
    assert value.value == pytest.approx(value.output.max())
    assert said == f"explaining the largest value of conv: --at {row},{column} --channel {channel}"


def test_what_is_left_open_is_where_it_is_largest(tmp_path):
    value, said = remarks(tmp_path, NamedPlace((1, 2)))
    assert value.value == pytest.approx(value.output[1, 2].max())
    assert "the channel with the largest value there of conv: --at 1,2 --channel" in said
    value, said = remarks(tmp_path, NamedPlace(channel=1))
    assert value.value == pytest.approx(value.output[:, :, 1].max())
    assert "the largest value of channel 1 of conv" in said
    _, said = remarks(tmp_path, NamedPlace((1, 2), 0))
    assert said == ""


def test_the_largest_value_is_a_number_if_there_is_one(tmp_path):
    array = ramp(3, 3, 1)
    array[0, 0] = np.nan
    value = explained(tmp_path, [{"type": "ReLU", "name": "relu"}], array)
    assert value.value == 7
    array[...] = np.nan
    assert np.isnan(explained(tmp_path, [{"type": "ReLU", "name": "relu"}], array).value)


FLAT = [CONV, {"type": "Flatten", "name": "flat"}]


@each(
    ("layers", "wanted", "message"),
    [
        ([CONV], NamedPlace((4, 0)), r'row 4 is outside of Conv2D "conv", a map of 4x5x2: rows 0 to 3, columns 0 to 4'),
        ([CONV], NamedPlace((0, 5)), "column 5 is outside"),
        ([CONV], NamedPlace((0, 0), 2), r"channel 2 is outside .* channels 0 to 1"),
        ([CONV], NamedPlace((3,)), "--at takes a row and a column"),
        ([CONV], NamedPlace(unit=3), "not with --unit"),
        (FLAT, NamedPlace((40,)), r'unit 40 is outside of Flatten "flat", a vector of 40: units 0 to 39'),
        (FLAT, NamedPlace((1, 2)), "with --unit N, or with --at N"),
        (FLAT, NamedPlace((1,), unit=1), "with --unit N, or with --at N"),
        (FLAT, NamedPlace(channel=1), "with --unit, not with --channel"),
        (
            [{"type": "GlobalMaxPooling2D", "name": "max", "keepdims": True}],
            NamedPlace((1, 0)),
            "row 0 alone, column 0 alone",
        ),
    ],
)
def test_a_place_that_is_none_says_what_there_is(layers, wanted, message, tmp_path):
    with pytest.raises(UsageError, match=message):
        remarks(tmp_path, wanted, layers)


@each("between", [[], [{"type": "Dropout", "rate": 0.5}], [{"type": "Reshape", "target_shape": [4, 15]}, "Flatten"]])
def test_a_unit_of_a_map_in_a_row_is_named_by_its_place_in_the_map(tmp_path, between):
    layers = ["Flatten", *between, {"type": "Dense", "name": "dense", "units": 2}]
    array = np.random.default_rng(6).normal(size=(4, 5, 3))
    if between and "target_shape" in between[0]:
        layers[1]["target_shape"] = [4, 5, 3]
    value = explained(tmp_path, layers, array)
    patch = value.explanation.stages[0].patches[0]
    for unit, number in zip(patch.channels, patch.values[0, 0], strict=True):
        assert array[value.place_in_maps(patch, unit)] == number


def test_a_vector_that_is_no_map_in_a_row_has_no_places(tmp_path):
    dense = {"type": "Dense", "units": 5}
    value = explained(tmp_path, ["Flatten", dense, {**dense, "name": "last"}], ramp(3, 3, 1))
    assert value.place_in_maps(value.explanation.stages[0].patches[0], 0) is None


def test_a_figure_of_classes_tells_what_the_picture_was_taken_for():
    request = StackRequest("mnist_two_conv", weights="sample:mnist_two_conv")
    found = explain("sample:digit", request, "dense_1", NamedPlace(), recognises=True).value
    assert found.recognition is not None
    assert found.recognition.likely[0].unit == found.place[0]
    assert found.recognition.likely[0].score == pytest.approx(found.value)
