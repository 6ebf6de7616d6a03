"""Softmax."""

import numpy as np

from tests.helpers.examples import IMAGE, VECTOR, run
from tests.helpers.strategies import image_axes

EXAMPLES = [({}, [IMAGE]), ({"axis": [1, 2]}, [IMAGE]), ({}, [VECTOR])]
ARGUMENTS = {"axis": image_axes}


def test_the_example_of_keras():
    np.testing.assert_allclose(run("Softmax", {}, [1, 2, 1]), [0.21194157, 0.5761169, 0.21194157], atol=1e-7)


def test_shares_add_up_to_one_along_the_axes():
    image = np.random.default_rng(0).normal(0, 300, (4, 5, 3))
    np.testing.assert_allclose(run("Softmax", {"axis": [1, 2]}, image).sum(axis=(0, 1)), 1, rtol=1e-14)
    np.testing.assert_allclose(run("Softmax", {"axis": -2}, image).sum(axis=1), 1, rtol=1e-14)
