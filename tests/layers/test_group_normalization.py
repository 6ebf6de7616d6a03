"""GroupNormalization."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, prepare, run
from tests.helpers.strategies import normalization_arguments

EXAMPLES = [
    ({"groups": -1}, [IMAGE]),
    ({"groups": 1, "epsilon": 0.1}, [IMAGE]),
    ({"groups": 2, "center": False}, [(5, 3, 4)]),
    ({"groups": 3, "axis": 2, "scale": False}, [IMAGE]),
    ({"groups": 3}, [VECTOR]),
]
ARGUMENTS = {
    "groups": st.sampled_from([-1, 1, 2, 3]),
    "axis": st.sampled_from([-1, -1, 1, 2, 3]),
    **normalization_arguments,
}


def test_each_group_gets_mean_zero_and_variance_one():
    image = [[[1.0, 3.0, 10.0, 30.0]]]
    out = run("GroupNormalization", {"groups": 2, "epsilon": 0}, image, gamma=[1, 2, 1, 1], beta=[0, 10, 0, 0])
    assert out.tolist() == [[[-1, 12, -1, 1]]]


def test_each_channel_by_itself_is_instance_normalisation():
    x = np.random.default_rng(0).normal(3, 2, (1, 6, 5, 4))
    layer = make("GroupNormalization", {"groups": -1, "center": False, "scale": False})
    expected = (x - x.mean((1, 2), keepdims=True)) / np.sqrt(x.var((1, 2), keepdims=True) + 1e-3)
    np.testing.assert_allclose(prepare(layer, [x.shape[1:]])(x), expected, rtol=1e-12)


@pytest.mark.parametrize("groups", [-1, 1, 2])
@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e9 / 7])
def test_a_constant_input_gives_exactly_beta(groups, value):
    out = run("GroupNormalization", {"groups": groups}, np.full((7, 9, 4), value), gamma=np.ones(4), beta=np.arange(4))
    np.testing.assert_array_equal(out, np.broadcast_to(np.arange(4.0), (7, 9, 4)))


def test_a_large_offset_costs_no_digits():
    x = np.arange(16.0).reshape(2, 2, 4) ** 2
    weights = {"gamma": np.ones(4), "beta": np.zeros(4)}
    near = run("GroupNormalization", {"groups": 2}, x, **weights)
    np.testing.assert_allclose(run("GroupNormalization", {"groups": 2}, x + 2.0**40, **weights), near, rtol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_largest_numbers_do_not_overflow(dtype):
    x = np.random.default_rng(0).normal(size=(1, 3, 4, 6)).astype(dtype)
    forward = prepare(make("GroupNormalization", {"groups": 2, "epsilon": 0}), [x.shape[1:]], dtype)
    huge = np.ldexp(x, np.finfo(dtype).maxexp - 4)
    np.testing.assert_allclose(forward(huge), forward(x), rtol=1e-4 if dtype == "float32" else 1e-12)
    flat = make("GroupNormalization", {"groups": 2, "center": False, "scale": False})
    assert not prepare(flat, [x.shape[1:]], dtype)(np.full_like(x, np.finfo(dtype).max)).any()


def test_groups_must_divide_the_channels():
    for groups, shape, what in ((32, (4, 4, 48), "48 channels"), (5, (12,), "12 units"), (8, (4, 4, 4), "4 channels")):
        with pytest.raises(LayerError, match=rf"`groups` \(={groups}\) must divide the {what}") as error:
            make("GroupNormalization", {"groups": groups}).output_shape(shape)
        assert error.value.field == "groups"
    for groups in (0, -2):
        with pytest.raises(LayerError, match="must be at least 1, or -1"):
            make("GroupNormalization", {"groups": groups})
