"""Divide."""

import numpy as np
import pytest

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, make, run
from tests.helpers.strategies import merged

EXAMPLES = [({}, [IMAGE, IMAGE]), ({}, [IMAGE, (7, 1, 1)])]
ARGUMENTS = {}
INPUTS = merged(2, 2)
STEEP = True


def test_the_first_is_divided_by_the_second():
    assert run("Divide", {}, [5, 7], [2, -14]).tolist() == [2.5, -0.5]


def test_nothing_is_made_up_where_zero_divides():
    with np.errstate(all="ignore"):
        out = run("Divide", {}, [1, -1, 0], [0, 0, 0])
    assert out[:2].tolist() == [np.inf, -np.inf] and np.isnan(out[2])


def test_the_gradients_are_those_of_a_quotient():
    rng = np.random.default_rng(0)
    a, b, g = rng.normal(size=(1, 4, 5, 3)), rng.uniform(0.5, 2, (1, 4, 1, 3)), rng.normal(size=(1, 4, 5, 3))
    train = make("Divide", {}).prepare_training(np.dtype("float64"), a.shape[1:], b.shape[1:])
    first, second = train({}, rng, a, b).backward(g).inputs
    np.testing.assert_allclose(first, g / b, rtol=1e-12)
    np.testing.assert_allclose(second, (-g * a / b**2).sum(axis=2, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize("count", [1, 3])
def test_exactly_two_inputs(count):
    with pytest.raises(LayerError, match=f"needs exactly two `inputs`, got {count}"):
        make("Divide", {}).output_shape(*[(3,)] * count)
