"""BatchNormalization."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run
from tests.helpers.strategies import normalization_arguments

EXAMPLES = [
    ({}, [IMAGE]),
    ({"axis": 1, "epsilon": 0.1, "scale": False}, [IMAGE]),
    ({"axis": -2, "center": False}, [IMAGE]),
    ({}, [VECTOR]),
]
ARGUMENTS = {"axis": st.sampled_from([-1, -1, 1, 2, 3, -2]), **normalization_arguments}
WEIGHTS = {"moving_variance": (0.2, 1)}
IN_TRAINING = "batch"


def test_the_formula_of_the_paper():
    out = run(
        "BatchNormalization",
        {"epsilon": 0},
        [[[3.0, 5.0]]],
        gamma=[2, 1],
        beta=[1, 0],
        moving_mean=[1, 5],
        moving_variance=[4, 1],
    )
    assert out.tolist() == [[[3, 0]]]


def test_weights_are_named_and_ordered_as_in_keras():
    layer = make("BatchNormalization", {})
    assert list(layer.weight_specs((4, 5, 3))) == ["gamma", "beta", "moving_mean", "moving_variance"]
    bare = make("BatchNormalization", {"center": False, "scale": False, "axis": 1})
    assert {name: spec.shape for name, spec in bare.weight_specs((4, 5, 3)).items()} == {
        "moving_mean": (4,),
        "moving_variance": (4,),
    }


def test_a_large_mean_costs_no_digits():
    x = np.float64(1e6) + np.arange(4).reshape(1, 4, 1) * 1e-4
    out = run("BatchNormalization", {"epsilon": 0}, x, gamma=1, beta=0, moving_mean=1e6, moving_variance=1)
    np.testing.assert_array_equal(out, x - 1e6)


@pytest.mark.parametrize("axis", [0, 4, -4])
def test_the_batch_is_no_axis_to_normalise(axis):
    with pytest.raises(LayerError, match=rf"`axis` \(={axis}\) must be 1 or 2 or 3, .* axis 0 is the batch") as error:
        make("BatchNormalization", {"axis": axis}).output_shape((4, 5, 3))
    assert error.value.field == "axis"
