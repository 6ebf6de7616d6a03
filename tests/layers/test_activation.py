"""Activation as a layer."""

from examples import make, run

from cnnviz.layers.base import POINTWISE


def test_the_named_function_is_applied():
    assert run("Activation", {"activation": "relu"}, [-1, 0, 2]).tolist() == [0, 0, 2]


def test_none_passes_everything_on():
    assert run("Activation", {"activation": None}, [-1, 0, 2]).tolist() == [-1, 0, 2]


def test_a_pixel_sees_itself():
    assert make("Activation", {"activation": "tanh"}).window((3, 4, 2)) == POINTWISE
