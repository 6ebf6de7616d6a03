"""LayerNormalization."""

import numpy as np
import pytest

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run
from tests.helpers.strategies import image_axes, normalization_arguments

EXAMPLES = [
    ({}, [IMAGE]),
    ({"axis": [1, 2]}, [IMAGE]),
    ({"axis": [3, 1], "center": False}, [IMAGE]),
    ({"axis": -1, "scale": False, "epsilon": 0.1}, [VECTOR]),
]
ARGUMENTS = {"axis": image_axes, **normalization_arguments}


def test_each_pixel_gets_mean_zero_and_variance_one():
    out = run("LayerNormalization", {"epsilon": 0}, [[[1.0, 3.0]]], gamma=[1, 2], beta=[0, 10])
    assert out.tolist() == [[[-1, 12]]]


@pytest.mark.parametrize("axis", [-1, [1, 2], [1, 2, 3]])
@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e9 / 7])
def test_a_constant_input_gives_exactly_beta(axis, value):
    shape = (7, 9, 3)
    layer = make("LayerNormalization", {"axis": axis})
    beta = np.arange(layer.weight_specs(shape)["beta"].shape[0], dtype=np.float32)
    beta = np.broadcast_to(
        beta.reshape(-1, *[1] * (np.ndim(axis) and len(axis) - 1)), layer.weight_specs(shape)["beta"].shape
    )
    out = run("LayerNormalization", {"axis": axis}, np.full(shape, value), gamma=np.ones(beta.shape), beta=beta)
    along = (1, 1, 3) if axis == -1 else (7, 9, 1) if axis == [1, 2] else shape
    np.testing.assert_array_equal(out, np.broadcast_to(beta.reshape(along), shape))


def test_a_large_offset_costs_no_digits():
    x = np.array([[[0.0, 1.0, 2.0, 5.0]]])
    weights = {"gamma": np.ones(4), "beta": np.zeros(4)}
    near = run("LayerNormalization", {}, x, **weights)
    np.testing.assert_allclose(run("LayerNormalization", {}, x + 2.0**40, **weights), near, rtol=1e-14)


def test_weights_follow_the_axes_sorted_as_given():
    specs = make("LayerNormalization", {"axis": [3, 1]}).weight_specs((4, 5, 6))
    assert {name: spec.shape for name, spec in specs.items()} == {"gamma": (4, 6), "beta": (4, 6)}
    assert not make("LayerNormalization", {"center": False, "scale": False}).weight_specs((4, 5, 6))


def test_axes_are_checked():
    with pytest.raises(LayerError, match="names axis 3 twice"):
        make("LayerNormalization", {"axis": [3, -1]}).output_shape((4, 5, 6))
    with pytest.raises(LayerError, match="must name at least one axis"):
        make("LayerNormalization", {"axis": []})
