"""Concatenate."""

import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run
from tests.helpers.strategies import shapes

EXAMPLES = [
    ({}, [IMAGE, (7, 6, 1), IMAGE]),
    ({"axis": 1}, [IMAGE, (2, 6, 3)]),
    ({"axis": -2}, [IMAGE, (7, 1, 3)]),
    ({}, [VECTOR, (2,)]),
]
ARGUMENTS = {"axis": st.sampled_from([-1, -1, 1, 2])}
INPUTS = shapes.flatmap(lambda shape: st.lists(st.just(shape), min_size=2, max_size=3))


def test_channels_are_laid_in_a_row():
    assert run("Concatenate", {}, [[[1, 2]]], [[[3]]]).tolist() == [[[1, 2, 3]]]


def test_rows_are_laid_below():
    assert run("Concatenate", {"axis": 1}, [[[1]]], [[[2]], [[3]]]).tolist() == [[[1]], [[2]], [[3]]]


def test_other_axes_must_be_equal():
    with pytest.raises(
        LayerError,
        match=r"inputs of 4x5x3 and 4x6x3 do not fit together; they may differ along `axis` \(=-1\) only",
    ):
        make("Concatenate", {}).output_shape((4, 5, 3), (4, 6, 3))


def test_images_and_vectors_do_not_mix():
    with pytest.raises(LayerError, match="inputs of 4x5x3 and 3 do not fit together"):
        make("Concatenate", {}).output_shape((4, 5, 3), (3,))


def test_one_input_is_refused():
    with pytest.raises(LayerError, match="two or more"):
        make("Concatenate", {}).output_shape((4, 5, 3))
