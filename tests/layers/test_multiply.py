"""Multiply."""

from tests.helpers.examples import IMAGE, run

EXAMPLES = [({}, [IMAGE, IMAGE]), ({}, [IMAGE, (3,), (1, 6, 1)])]
ARGUMENTS = {}


def test_inputs_are_multiplied():
    assert run("Multiply", {}, [1, 2, 3], [4, 5, 6], [1, 0, 2]).tolist() == [4, 0, 36]


def test_one_map_can_mask_all_channels():
    assert run("Multiply", {}, [[[1, 2], [3, 4]]], [[[0], [1]]]).tolist() == [[[0, 0], [3, 4]]]
