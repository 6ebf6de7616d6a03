"""Add."""

import pytest

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run

EXAMPLES = [({}, [IMAGE, IMAGE, IMAGE]), ({}, [(1, 1, 3), IMAGE]), ({}, [VECTOR, VECTOR])]
ARGUMENTS = {}


def test_three_inputs_are_added():
    assert run("Add", {}, [1, 2], [10, 20], [100, 200]).tolist() == [111, 222]


def test_an_axis_of_length_one_is_stretched():
    out = run("Add", {}, [[[1, 2]]], [[[10, 20], [30, 40]]])
    assert out.tolist() == [[[11, 22], [31, 42]]]


def test_a_vector_meets_the_channels_of_an_image():
    assert run("Add", {}, [1, 2], [[[10, 20], [30, 40]]]).tolist() == [[[11, 22], [31, 42]]]


def test_the_output_may_outgrow_every_input():
    assert make("Add", {}).output_shape((4, 1, 3), (1, 5, 3), (3,)) == (4, 5, 3)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(LayerError, match=r"inputs of 4x5x3 and 4x6x3 do not fit together; lengths must be equal or 1"):
        make("Add", {}).output_shape((4, 5, 3), (4, 6, 3))


def test_one_input_is_refused():
    with pytest.raises(
        LayerError, match=r"needs two or more `inputs`, got 1; list them as `inputs: \[a, b\]`"
    ) as error:
        make("Add", {}).output_shape((4, 5, 3))
    assert error.value.field == "inputs"
