"""The pixels that a value depends on: found by the windows, held against what changes when pixels do."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnviz import load_stack
from cnnviz.layers import find_kind
from cnnviz.stack.graph import INPUT, leading_to
from cnnviz.stack.reach import Reach, Span
from tests.helpers.dependence import reach_of, what_changes
from tests.helpers.rows import each
from tests.helpers.strategies import stacks


def linear(layer):
    """Let a layer read what it reads, and let all of that count: no value is passed over."""
    kinds = {"MaxPooling2D": "AveragePooling2D", "GlobalMaxPooling2D": "GlobalAveragePooling2D", "Maximum": "Average"}
    if find_kind(layer["type"]).bends and layer["type"] != "Softmax":  # which reads more than its own place
        layer = {key: layer[key] for key in ("name", "inputs")} | {"type": "LeakyReLU", "negative_slope": 0.7}
    layer = {**layer, "type": kinds.get(layer["type"], layer["type"])}
    return {**layer, "activation": None} if "activation" in layer else layer


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_value_depends_on_is_what_changes_it(data):
    config, shape = data.draw(stacks())
    config["layers"] = [linear(layer) for layer in config["layers"]]
    network = load_stack(config).build(shape, threads=1)
    node = data.draw(st.sampled_from(network.nodes))
    place = tuple(data.draw(st.integers(0, length - 1)) for length in node.output_shape)
    seen = reach_of(network, node.layer.name, place)
    changed = what_changes(network, node.layer.name, place)
    assert not (changed & ~seen.mask()).any(), "a pixel outside matters"
    # What is normalised, or taken from itself, may cancel out.
    if all(all_counts(network, other) for other in leading_to(network.nodes, node.layer.name)):
        np.testing.assert_array_equal(seen.mask(), changed)
    assert all(box.any() for boxes in seen.boxes for box in boxes)


def all_counts(network, node):
    """Return whether all that a layer reads changes its values, however large they are."""
    rule = node.layer.page_rule(network.weights.get(node.layer.name, {}), *node.input_shapes)
    weighed = rule.kind in ("weigh", "stamp", "dense", "mean", "copy", "draw")
    return weighed or type(node.layer).__name__ in ("LeakyReLU", "BatchNormalization", "Add", "Average", "Multiply")


def chain(*layers):
    return {"input": {"color": "gray"}, "layers": [{"name": f"l{i}", **layer} for i, layer in enumerate(layers)]}


CONV = {"type": "Conv2D", "filters": 1, "kernel_size": 3}


def test_padding_counts_for_the_rule_and_not_for_the_pixels():
    network = load_stack(chain({**CONV, "padding": "same"}, {**CONV, "padding": "same"})).build((9, 8, 1))
    corner = reach_of(network, "l1", (0, 7, 0))
    assert (corner.rows, corner.columns) == (Span(-2, 2), Span(5, 9))
    assert corner.inside() == (Span(0, 2), Span(5, 7))
    assert corner.mask().sum() == 9


def test_strides_leave_gaps_that_are_not_seen():
    config = chain({"type": "Cropping2D", "cropping": 1}, {**CONV, "kernel_size": 1, "strides": 2}, CONV)
    seen = reach_of(load_stack(config).build((11, 11, 1)), "l2", (0, 0, 0))
    assert seen.rows == Span(1, 5)
    np.testing.assert_array_equal(np.flatnonzero(seen.mask().any(axis=1)), [1, 3, 5])


def test_after_upsampling_the_place_decides():
    network = load_stack(chain({"type": "UpSampling2D", "size": 2}, CONV)).build((6, 6, 1))
    assert reach_of(network, "l1", (0, 1, 0)).rows == Span(0, 1)
    assert reach_of(network, "l1", (0, 1, 0)).columns == Span(0, 1)
    assert reach_of(network, "l1", (1, 2, 0)).columns == Span(1, 2)


def test_branches_are_united_pixel_by_pixel():
    layers = [
        {"type": "Conv2D", "name": "tall", "filters": 1, "kernel_size": [5, 1], "padding": "same"},
        {"type": "Conv2D", "name": "wide", "filters": 1, "kernel_size": [1, 5], "padding": "same", "inputs": ["input"]},
        {"type": "Add", "name": "cross", "inputs": ["tall", "wide"]},
    ]
    network = load_stack({"input": {"color": "gray"}, "layers": layers}).build((9, 9, 1))
    seen = reach_of(network, "cross", (4, 4, 0))
    assert (seen.rows, seen.columns) == (Span(2, 6), Span(2, 6))
    assert seen.mask().sum() == 9, "a cross, not the square around it"


def test_a_skip_adds_no_box_that_another_holds():
    layers = [{"name": "l0", **CONV, "padding": "same"}, {"type": "Add", "name": "sum", "inputs": ["l0", INPUT]}]
    network = load_stack({"input": {"color": "gray"}, "layers": layers}).build((9, 9, 1))
    assert len(reach_of(network, "sum", (4, 4, 0)).boxes) == 1


def test_everything_is_seen_through_flatten_and_one_pixel_of_it():
    network = load_stack(chain({"type": "Flatten"}, {"type": "Dense", "units": 2})).build((5, 4, 1))
    assert reach_of(network, "l1", (0,)).mask().all()
    assert reach_of(network, "l0", (7,)).inside() == (Span(1, 1), Span(3, 3))


@each("layer", [{"type": "ZeroPadding2D"}, {**CONV, "strides": 5, "kernel_size": 1, "padding": 1}])
def test_what_lies_in_padding_alone_sees_no_pixel(layer):
    network = load_stack(chain(layer)).build((9, 9, 1))
    seen = reach_of(network, "l0", (0, 0, 0))
    assert (seen.rows, seen.inside(), seen.mask().any()) == (Span(-1, -1), None, False)


def test_what_no_stamp_reaches_has_no_rows():
    config = chain({"type": "Conv2DTranspose", "filters": 1, "kernel_size": 1, "strides": 3})
    assert reach_of(load_stack(config).build((3, 3, 1)), "l0", (1, 1, 0)) == Reach(None, None, (), (3, 3))


TABLE = {
    "dilated taps of even number": ([{**CONV, "kernel_size": 2, "dilation_rate": 2}, {**CONV, "kernel_size": 1}], 4),
    "axes in another order": ([{**CONV, "filters": 3}, {"type": "Permute", "dims": [3, 1, 2]}], 9),
    "another shape": ([{"type": "Reshape", "target_shape": [3, 27, 1]}], 1),
    "another shape, then a window": ([{"type": "Reshape", "target_shape": [3, 27, 1]}, CONV], 9),
    "a layer after a gap": (
        [{"type": "Conv2DTranspose", "filters": 1, "kernel_size": 1, "strides": 3}, {"type": "ReLU"}],
        0,
    ),
    "channels by themselves": ([{**CONV, "filters": 2}, {"type": "GlobalAveragePooling2D"}], 81),
    "a softmax over rows": ([{**CONV, "kernel_size": 1}, {"type": "Softmax", "axis": 1}], 9),
    "a norm over channels": ([{**CONV, "filters": 2}, {"type": "LayerNormalization"}], 9),
}


@each("case", TABLE)
def test_the_very_pixels_are_counted(case):
    layers, count = TABLE[case]
    network = load_stack(chain(*layers)).build((9, 9, 1))
    node = network.nodes[-1]
    place = tuple(1 if length > 1 else 0 for length in node.output_shape)
    mask = reach_of(network, node.layer.name, place).mask()
    np.testing.assert_array_equal(mask, what_changes(network, node.layer.name, place))
    assert mask.sum() == count


@each(("axis", "places"), [(1, [(4, 4), (13, 4)]), (2, [(4, 4), (4, 13)])])
def test_maps_side_by_side_are_told_apart(axis, places):
    layers = [
        {**CONV, "name": "large", "kernel_size": 5, "padding": "same"},
        {"type": "Concatenate", "name": "both", "axis": axis, "inputs": ["input", "large"]},
    ]
    network = load_stack({"input": {"color": "gray"}, "layers": layers}).build((9, 9, 1))
    assert [reach_of(network, "both", (*place, 0)).mask().sum() for place in places] == [1, 25]


@each("kind", ["DepthwiseConv2D", "grouped", "softmax"])
def test_channels_that_do_not_mix_are_told_apart(kind):
    small = {**CONV, "name": "small", "kernel_size": 1}
    large = {**CONV, "name": "large", "kernel_size": 5, "padding": "same", "inputs": ["input"]}
    last = {"type": "DepthwiseConv2D", "kernel_size": 1}
    if kind != "DepthwiseConv2D":
        last = {**CONV, "filters": 4, "groups": 2, "kernel_size": 1}
    if kind == "softmax":
        last["activation"] = "softmax"
    both = {"type": "Concatenate", "name": "both", "inputs": ["small", "large"]}
    layers = [small, large, both, {**last, "name": "it"}]
    network = load_stack({"input": {"color": "gray"}, "layers": layers}).build((9, 9, 1))
    for channel in (0, network.nodes[-1].output_shape[2] - 1):
        mask = reach_of(network, "it", (4, 4, channel)).mask()
        assert mask.sum() == (1 if channel == 0 and kind != "softmax" else 25)
        np.testing.assert_array_equal(mask, what_changes(network, "it", (4, 4, channel)))


@each(("channel", "rows"), [(0, Span(-1, 1)), (1, Span(-2, 2))])
def test_padding_is_that_of_the_ways_that_lead_to_the_channel(channel, rows):
    small = {**CONV, "name": "small", "padding": "same"}
    large = {**CONV, "name": "large", "kernel_size": 5, "padding": "same", "inputs": ["input"]}
    both = {"type": "Concatenate", "name": "both", "inputs": ["small", "large"]}
    layers = [small, large, both, {"type": "DepthwiseConv2D", "name": "each", "kernel_size": 1}]
    network = load_stack({"input": {"color": "gray"}, "layers": layers}).build((9, 9, 1))
    for name in ("both", "each"):
        assert reach_of(network, name, (0, 4, channel)).rows == rows
