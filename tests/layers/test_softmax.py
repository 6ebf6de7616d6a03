"""Softmax."""

import numpy as np
from examples import make, run

from cnnviz.layers.base import POINTWISE


def test_the_example_of_keras():
    np.testing.assert_allclose(run("Softmax", {}, [1, 2, 1]), [0.21194157, 0.5761169, 0.21194157], atol=1e-7)


def test_shares_add_up_to_one_along_the_axes():
    image = np.random.default_rng(0).normal(0, 300, (4, 5, 3))
    np.testing.assert_allclose(run("Softmax", {"axis": [1, 2]}, image).sum(axis=(0, 1)), 1, rtol=1e-14)
    np.testing.assert_allclose(run("Softmax", {"axis": -2}, image).sum(axis=1), 1, rtol=1e-14)


def test_over_height_or_width_everything_is_seen():
    assert make("Softmax", {}).window((4, 5, 3)) == POINTWISE
    assert make("Softmax", {"axis": 1}).window((4, 5, 3)) is None
    assert make("Softmax", {"axis": 1}).window((4,)) == POINTWISE
