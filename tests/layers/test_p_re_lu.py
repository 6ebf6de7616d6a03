"""PReLU."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, VECTOR, make, run

EXAMPLES = [({}, [IMAGE]), ({"shared_axes": [1, 2]}, [IMAGE]), ({"shared_axes": 1}, [VECTOR])]
ARGUMENTS = {"shared_axes": st.one_of(st.none(), st.lists(st.sampled_from([1, 2, 3]), unique=True))}


def test_every_value_has_its_slope():
    assert run("PReLU", {}, [-2, -2, 3], alpha=[0.5, 2, 9]).tolist() == [-1, -4, 3]


def test_axes_share_their_slope():
    layer = make("PReLU", {"shared_axes": [1, 2]})
    assert layer.weight_specs((4, 5, 3))["alpha"].shape == (1, 1, 3)
    assert make("PReLU", {"shared_axes": 3}).weight_specs((4, 5, 3))["alpha"].shape == (4, 5, 1)
    assert make("PReLU", {}).weight_specs((4, 5, 3))["alpha"].shape == (4, 5, 3)


def test_the_batch_cannot_be_shared():
    with pytest.raises(LayerError, match="axis 0 is the batch") as error:
        make("PReLU", {"shared_axes": [0]}).output_shape((4, 5, 3))
    assert error.value.field == "shared_axes"


def test_nothing_of_an_infinity_is_nothing_in_its_explanation_too():
    x, alpha = np.array([-np.inf, -2.0]), np.zeros(2, np.float32)
    said = make("PReLU", {}).explain({"alpha": alpha}, (0,), x)
    assert said.value == run("PReLU", {}, x.tolist(), alpha=alpha.tolist())[0] == 0
