"""Dense."""

import numpy as np
from hypothesis import strategies as st

from tests.helpers.examples import IMAGE, VECTOR, make, run
from tests.helpers.strategies import activations, flags

EXAMPLES = [
    ({"units": 5}, [VECTOR]),
    ({"units": 4, "use_bias": False, "activation": "sigmoid"}, [VECTOR]),
    ({"units": 2}, [IMAGE]),
]
ARGUMENTS = {"units": st.integers(1, 5), "activation": activations, "use_bias": flags}


def test_a_vector_is_weighed_for_every_unit():
    out = run("Dense", {"units": 2}, [1, 2], kernel=[[1, 10], [2, 20]], bias=[0.5, 0])
    assert out.tolist() == [5.5, 50]


def test_on_maps_channels_are_weighed_pixel_by_pixel():
    out = run("Dense", {"units": 1, "use_bias": False}, np.ones((2, 3, 2)), kernel=[[1], [2]])
    assert out.shape == (2, 3, 1)
    assert (out == 3).all()


def test_cost():
    layer = make("Dense", {"units": 5})
    assert layer.macs((12,)) == 60
    assert layer.macs((2, 3, 4)) == 2 * 3 * 4 * 5
