"""Flatten."""

import numpy as np

from tests.helpers.examples import IMAGE, VECTOR, run

EXAMPLES = [({}, [IMAGE]), ({}, [VECTOR])]
ARGUMENTS = {}


def test_rows_then_pixels_then_channels():
    image = np.arange(12.0).reshape(2, 3, 2)
    assert run("Flatten", {}, image).tolist() == list(range(12))
    assert run("Flatten", {}, image.swapaxes(0, 1)).tolist() == image.swapaxes(0, 1).ravel().tolist()
