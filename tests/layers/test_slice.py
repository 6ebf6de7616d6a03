"""Slice."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.config.load import load_stack
from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run

EXAMPLES = [
    ({"starts": 1, "ends": 3, "axes": 3}, [IMAGE]),
    ({"starts": [1, -3], "ends": [100, -1], "axes": [1, -2], "steps": [2, 1]}, [IMAGE]),
    ({"starts": [-1, 4], "ends": [-100, 0], "axes": [1, 2], "steps": [-1, -3]}, [IMAGE]),
    ({"starts": [2], "ends": [-100], "axes": [3], "steps": [-1]}, [IMAGE]),
    ({"starts": 2, "ends": 9, "steps": 3}, [VECTOR]),
    ({"starts": -2, "ends": -20, "steps": -2}, [VECTOR]),
]
_numbers = st.integers(-11, 11)
ARGUMENTS = {
    "starts": st.lists(_numbers, min_size=1, max_size=1),
    "ends": st.lists(_numbers, min_size=1, max_size=1),
    "axes": st.sampled_from([None, 1, [-1], 2, -3]),
    "steps": st.sampled_from([1, 1, 2, -1, [-2], 5]),
}


@pytest.mark.parametrize("axis", [1, 2, 3])
@pytest.mark.parametrize("step", [-3, -1, 1, 2])
@pytest.mark.parametrize(("start", "end"), [(0, 3), (1, 99), (-2, -1), (4, 1), (-1, -9), (9, 0), (2, 2), (-99, 6)])
def test_a_part_is_python_s(start, end, step, axis):
    image = np.arange(105.0).reshape(3, 5, 7)
    index = [slice(None)] * 3
    index[axis - 1] = slice(start, end, step)
    expected = image[tuple(index)]
    arguments = {"starts": start, "ends": end, "steps": step, "axes": axis}
    if expected.size:
        np.testing.assert_array_equal(run("Slice", arguments, image), expected)
    else:
        with pytest.raises(LayerError, match=f"takes nothing of axis {axis} of an input of 3x5x7"):
            make("Slice", arguments).output_shape((3, 5, 7))


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"starts": [1, 2], "ends": 3}, "ends"),
        ({"starts": 1, "ends": 3, "axes": [1, 2]}, "axes"),
        ({"starts": 1, "ends": 3, "steps": [1, 2]}, "steps"),
        ({"starts": 1, "ends": 3, "steps": 0}, "steps"),
        ({"starts": 1, "ends": 3, "axes": 4}, "axes"),
        ({"starts": [1, 1], "ends": [3, 3], "axes": [1, 1]}, "axes"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, field):
    with pytest.raises(LayerError) as error:
        make("Slice", arguments).output_shape(IMAGE)
    assert error.value.field == field


def test_the_receptive_field_begins_at_the_start_and_goes_by_the_step():
    layers = [{"type": "Slice", "starts": [2, 1], "ends": [9, 9], "steps": [2, 1]}]
    (node,) = load_stack({"input": {"color": "gray"}, "layers": layers}).build((8, 8, 1)).nodes
    assert node.output_shape == (3, 7, 1)
    assert (node.receptive_field.start, node.receptive_field.stride, node.receptive_field.size) == (
        (2, 1),
        (2, 1),
        (1, 1),
    )
