"""ElementwiseAffine."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run
from tests.helpers.strategies import flags

EXAMPLES = [
    ({"beta_initializer": {"type": "ones"}}, [IMAGE]),
    ({"shared_axes": [3], "scale": False}, [IMAGE]),
    ({"shared_axes": [1, 2], "center": False, "gamma_initializer": {"type": "random_normal"}}, [IMAGE]),
    ({"beta_initializer": {"type": "random_uniform"}}, [VECTOR]),
]
ARGUMENTS = {
    "scale": flags,
    "center": flags,
    "shared_axes": st.one_of(st.none(), st.lists(st.sampled_from([1, 2, 3]), unique=True)),
}


def test_every_value_has_its_factor_and_what_is_added():
    assert run("ElementwiseAffine", {}, [-2, 1, 3], gamma=[0.5, 2, 0], beta=[0, 1, 9]).tolist() == [-1, 3, 9]
    assert run("ElementwiseAffine", {"scale": False}, [-2, 1], beta=[1, 2]).tolist() == [-1, 3]
    assert run("ElementwiseAffine", {"center": False}, [-2, 1], gamma=[3, 2]).tolist() == [-6, 2]


def test_axes_share_what_is_added():
    layer = make("ElementwiseAffine", {"shared_axes": 3})
    assert {name: spec.shape for name, spec in layer.weight_specs((4, 5, 3)).items()} == {
        "gamma": (4, 5, 1),
        "beta": (4, 5, 1),
    }
    image = [[[1.0, 2.0], [3.0, 4.0]]]
    arguments = {"shared_axes": [3], "scale": False}
    assert run("ElementwiseAffine", arguments, image, beta=[[[10], [20]]]).tolist() == [[[11, 12], [23, 24]]]


def test_it_does_something():
    with pytest.raises(LayerError, match="does nothing"):
        make("ElementwiseAffine", {"scale": False, "center": False})
    with pytest.raises(LayerError, match="axis 0 is the batch"):
        make("ElementwiseAffine", {"shared_axes": [0]}).output_shape((4, 5, 3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_not_finite_stays_where_it_is(dtype):
    x = np.array([[np.inf, -np.inf, np.nan, 0]], dtype)
    layer, weights = make("ElementwiseAffine", {}), {"gamma": np.full(4, 2, "f4"), "beta": np.ones(4, "f4")}
    out = layer.prepare(weights, np.dtype(dtype), (4,))(x)
    np.testing.assert_array_equal(out, [[np.inf, -np.inf, np.nan, 1]])
