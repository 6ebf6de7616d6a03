"""AveragePooling2D."""

import msgspec
import pytest

from tests.helpers.examples import make, run


def test_the_mean_of_each_window_is_taken():
    image = [[[1], [2], [3]], [[4], [5], [6]]]
    assert run("AveragePooling2D", {"pool_size": 2, "strides": 1}, image).tolist() == [[[3], [4]]]


def test_padding_is_not_counted():
    image = [[[2], [4], [6]]]
    assert run("AveragePooling2D", {"pool_size": [1, 2], "padding": "same"}, image).tolist() == [[[3], [6]]]


def test_the_size_must_be_given_as_in_keras():
    with pytest.raises(msgspec.ValidationError, match="pool_size"):
        make("AveragePooling2D", {})
