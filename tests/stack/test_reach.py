"""The pixels that a value depends on: found by the windows, held against what changes when pixels do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import stacks

from cnnviz import load_stack
from cnnviz.stack.graph import INPUT, leading_to
from cnnviz.stack.reach import Reach, Read, Span, reach


def reach_of(network, name, place):
    """Explain a value of a network and follow what it reads back to the picture."""
    *nodes, node = leading_to(network.nodes, name)
    inputs = [np.zeros(shape) for shape in node.input_shapes]
    explanation = node.layer.explain(network.weights.get(name, {}), place, *inputs)
    patches = [patch for patch in explanation.stages[0].patches if patch.source >= 0]
    reads = [Read(node.layer.inputs[patch.source], patch.rows, patch.columns) for patch in patches]
    return reach(nodes, reads, network.input_shape)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_pixels_outside_never_matter(data):
    config, shape = data.draw(stacks())
    network = load_stack(config).build(shape, threads=1)
    node = data.draw(st.sampled_from(network.nodes))
    place = tuple(data.draw(st.integers(0, length - 1)) for length in node.output_shape)
    mask = reach_of(network, node.layer.name, place).mask()
    rng = np.random.default_rng(0)
    pixels, others = rng.uniform(0, 255, (2, *shape))
    changed = np.where(mask[:, :, None], pixels, others)
    before, after = (network.forward(array)[node.layer.name] for array in (pixels, changed))
    room = 1e-8 * max(np.ptp(before), np.ptp(after), abs(before).max())
    assert abs(before[place] - after[place]) <= room


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


@pytest.mark.parametrize("layer", [{"type": "ZeroPadding2D"}, {**CONV, "strides": 5, "kernel_size": 1, "padding": 1}])
def test_what_lies_in_padding_alone_sees_no_pixel(layer):
    network = load_stack(chain(layer)).build((9, 9, 1))
    seen = reach_of(network, "l0", (0, 0, 0))
    assert (seen.rows, seen.inside(), seen.mask().any()) == (Span(-1, -1), None, False)


def test_what_no_stamp_reaches_has_no_rows():
    config = chain({"type": "Conv2DTranspose", "filters": 1, "kernel_size": 1, "strides": 3})
    assert reach_of(load_stack(config).build((3, 3, 1)), "l0", (1, 1, 0)) == Reach(None, None, (), (3, 3))
