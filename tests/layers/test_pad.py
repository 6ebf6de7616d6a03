"""Pad."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.config.load import load_stack
from cnnviz.stack.reach import reach
from tests.helpers.examples import IMAGE, keeps_memory_order, make, run
from tests.helpers.strategies import borders

MODES = ["constant", "reflect", "edge", "symmetric", "wrap"]
EXAMPLES = [
    ({"padding": 1, "value": 1.5}, [IMAGE]),
    ({"padding": [[2, 1], [0, 3]], "mode": "reflect"}, [IMAGE]),
    ({"padding": [9, 1], "mode": "symmetric"}, [IMAGE]),
    ({"padding": [1, 4], "mode": "edge"}, [IMAGE]),
    ({"padding": [[0, 8], [7, 1]], "mode": "wrap"}, [IMAGE]),
]
ARGUMENTS = {"padding": borders, "mode": st.sampled_from(MODES), "value": st.sampled_from([0, -1.5])}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(2, 3, 2), (5, 1, 1), (1, 4, 2)])
@pytest.mark.parametrize("sides", [((1, 1), (1, 1)), ((0, 3), (2, 0)), ((7, 8), (9, 13))])
def test_frames_are_those_of_numpy(mode, shape, sides):
    image = np.random.default_rng(0).normal(0, 1, shape)
    out = run("Pad", {"padding": [list(side) for side in sides], "mode": mode}, image)
    np.testing.assert_array_equal(out, np.pad(image, (*sides, (0, 0)), mode))


def test_a_value_fills_the_frame():
    assert run("Pad", {"padding": [0, 1], "value": -0.5}, [[[1]]]).tolist() == [[[-0.5], [1], [-0.5]]]


def test_the_frame_is_zero_if_nothing_is_said():
    assert make("Pad", {"padding": 1}) == make("Pad", {"padding": 1, "mode": "constant", "value": 0})


@pytest.mark.parametrize(("mode", "seen"), [("reflect", [0, 1]), ("edge", [0, 1]), ("wrap", [0, 1, 5])])
def test_a_window_over_the_frame_depends_on_the_pixels_that_it_shows(mode, seen):
    stack = load_stack(
        {
            "input": {"color": "gray"},
            "layers": [
                {"type": "Pad", "padding": 1, "mode": mode},
                {"type": "Conv2D", "filters": 1, "kernel_size": 3},
            ],
        }
    )
    nodes = stack.build((6, 6, 1)).nodes
    assert nodes[-1].receptive_field.size == (3, 3)
    assert nodes[-1].receptive_field.stride == (1, 1)
    found = reach(nodes, (0, 2, 0), (6, 6, 1))
    assert np.flatnonzero(found.mask().any(axis=1)).tolist() == seen
    assert np.flatnonzero(found.mask().any(axis=0)).tolist() == [1, 2, 3]


@pytest.mark.parametrize(("arguments", "shapes"), EXAMPLES)
def test_the_memory_order_is_kept(arguments, shapes):
    assert keeps_memory_order("Pad", arguments, shapes)
