"""Subtract."""

import pytest

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, make, run
from tests.helpers.strategies import merged

EXAMPLES = [({}, [IMAGE, IMAGE]), ({}, [IMAGE, (7, 1, 1)])]
ARGUMENTS = {}
INPUTS = merged(2, 2)


def test_the_second_is_taken_away():
    assert run("Subtract", {}, [5, 7], [1, 10]).tolist() == [4, -3]


@pytest.mark.parametrize("count", [1, 3])
def test_exactly_two_inputs(count):
    with pytest.raises(LayerError, match=f"needs exactly two `inputs`, got {count}"):
        make("Subtract", {}).output_shape(*[(3,)] * count)
