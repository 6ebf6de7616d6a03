"""Concatenate."""

import pytest

from cnnviz.errors import LayerError
from tests.helpers.examples import make, run


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
