"""UpSampling2D."""

import pytest
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, keeps_memory_order, run
from tests.helpers.strategies import small

EXAMPLES = [
    ({}, [IMAGE]),
    ({"size": [1, 3]}, [IMAGE]),
    ({"size": [2, 3], "interpolation": "bilinear"}, [IMAGE]),
    ({"size": [4, 1], "interpolation": "bilinear"}, [IMAGE]),
]
ARGUMENTS = {"size": small, "interpolation": st.sampled_from(["nearest", "bilinear"])}


def test_nearest_repeats_pixels():
    assert run("UpSampling2D", {"size": [1, 2]}, [[[1], [2]]]).tolist() == [[[1], [1], [2], [2]]]


def test_bilinear_draws_lines_between_centres():
    out = run("UpSampling2D", {"size": [1, 2], "interpolation": "bilinear"}, [[[0], [4]]])
    assert out.tolist() == [[[0], [1], [3], [4]]]


@pytest.mark.parametrize(("arguments", "shapes"), EXAMPLES)
def test_the_memory_order_is_kept(arguments, shapes):
    assert keeps_memory_order("UpSampling2D", arguments, shapes)
