"""Activation functions and their slopes, near zero, far out, at kinks, and at the ends of the numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops.activations import ACTIVATIONS, ALIASES, activate
from cnnviz.ops.gradients.activations import train_activation
from tests.helpers.activations import EXPECTED, INF
from tests.helpers.rows import each

dtypes = each("dtype", ["float32", "float64"])
every_activation = each("name", sorted(ACTIVATIONS))
every_expected = each("name", EXPECTED)
FAR = np.array([-1000.0, -750, -90, -40, -20, -3, -1, -1e-9, 0, 1e-9, 0.5, 3, 6, 20, 40, 90, 700])


def test_every_activation_is_in_the_table():
    bent_alone = {name for name, one in ACTIVATIONS.items() if not one.axes}
    assert set(EXPECTED) == bent_alone - set(ALIASES), "write what it must give into tests/helpers/activations.py"


@each("alias", ALIASES)
def test_other_names_are_the_same(alias):
    assert ACTIVATIONS[alias] == ACTIVATIONS[ALIASES[alias]]._replace(name=alias)


def defined(name, values):
    """Work the definition out, one number at a time."""
    return np.array([EXPECTED[name].definition(value) for value in values.tolist()])


def slopes(name: str, x: np.ndarray) -> np.ndarray:
    _, back = train_activation(ACTIVATIONS[name])(x)
    return back(np.ones_like(x))


@every_expected
def test_the_formula_holds_far_out_and_near_zero(name):
    np.testing.assert_allclose(ACTIVATIONS[name].function(FAR), defined(name, FAR), rtol=2e-13, atol=1e-300)


@every_expected
def test_float32_is_as_exact_as_it_can_be(name):
    x = FAR[(abs(FAR) > 1e-6) & (FAR < 80)].astype("float32")
    np.testing.assert_allclose(ACTIVATIONS[name].function(x), defined(name, x), rtol=2e-6, atol=1e-6)


@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=8))
def test_softmax_is_the_share_of_the_exponentials(values):
    largest = max(values)
    powers = [math.exp(value - largest) for value in values]
    out = ACTIVATIONS["softmax"].function(np.array([values]))
    np.testing.assert_allclose(out[0], np.array(powers) / sum(powers), rtol=1e-12, atol=1e-300)


@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=8))
def test_log_softmax_is_its_logarithm(values):
    largest = max(values)
    total = math.log(sum(math.exp(value - largest) for value in values))
    out = ACTIVATIONS["log_softmax"].function(np.array([values]))
    np.testing.assert_allclose(out[0], [value - largest - total for value in values], rtol=1e-12, atol=1e-14)


@every_activation
@each("dtype", ["float32", "float64"])
def test_dtype_shape_and_memory_order_are_kept(name, dtype):
    x = np.random.default_rng(0).normal(0, 3, (2, 4, 3, 5)).astype(dtype).swapaxes(2, 3)
    x.flags.writeable = False
    out = ACTIVATIONS[name].function(x)
    assert (out.dtype, out.shape, out.strides) == (x.dtype, x.shape, x.strides)
    assert name == "linear" or not np.shares_memory(out, x)


@every_activation
def test_it_may_write_over_its_input(name):
    x = np.random.default_rng(0).normal(0, 3, (2, 4, 5))
    expected = ACTIVATIONS[name].function(x.copy())
    out = ACTIVATIONS[name].function(x, out=x)
    assert out is x
    np.testing.assert_array_equal(out, expected)


@dtypes
@every_activation
def test_what_is_not_a_number_stays_so_and_warns_of_nothing(name, dtype):
    out = ACTIVATIONS[name].function(np.array([[np.nan], [1.0]], dtype))
    assert np.isnan(out[0, 0]) and np.isfinite(out[1, 0])


@every_activation
def test_float32_far_out_overflows_nowhere(name):
    out = ACTIVATIONS[name].function(np.array([[-1000], [-100], [80], [1000]], "float32"))
    expected = EXPECTED.get(ALIASES.get(name, name))  # none of softmax, whose values are small
    assert np.isfinite(out[:3]).all() == (expected is None or math.isfinite(expected.definition(-100)))
    assert np.isfinite(out[3]).all() or (expected is not None and expected.ends[1] == INF)


def ends(name: str, x: np.ndarray) -> Any:
    """Return what two numbers must come to, one far below zero and one far above."""
    pairs = zip(EXPECTED[name].ends, x.astype(float).tolist(), strict=True)
    return np.array([end(at) if callable(end) else end for end, at in pairs])


@dtypes
@every_expected
def test_infinities_come_to_the_limit(name, dtype):
    x = np.array([-INF, INF], dtype)
    expected, tolerance = ends(name, x).astype(dtype), {"rtol": 4 * np.finfo(dtype).eps, "atol": 0}
    np.testing.assert_allclose(ACTIVATIONS[name].function(x), expected, **tolerance)
    np.testing.assert_allclose(ACTIVATIONS[name].function(x, out=x.copy()), expected, **tolerance)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(slopes(name, x), EXPECTED[name].end_slopes, rtol=1e-6, atol=1e-7)


@dtypes
@every_expected
def test_the_largest_numbers_do_not_overflow_on_the_way(name, dtype):
    x = np.array([-np.finfo(dtype).max, np.finfo(dtype).max])
    with np.errstate(all="ignore"):
        expected = ends(name, x).astype(dtype)
        np.testing.assert_allclose(ACTIVATIONS[name].function(x), expected, rtol=1e-6, atol=1e-37)
        np.testing.assert_allclose(slopes(name, x), EXPECTED[name].end_slopes, rtol=1e-6, atol=1e-7)


@dtypes
@every_expected
def test_zeros_and_the_smallest_numbers(name, dtype):
    smallest = np.finfo(dtype).smallest_subnormal
    x = np.array([0.0, -0.0, smallest, -smallest], dtype)
    if ACTIVATIONS[name].undefined:
        x = x[:1]  # of what is below zero it has no value, or another
    np.testing.assert_allclose(ACTIVATIONS[name].function(x), EXPECTED[name].definition(0.0), rtol=1e-6, atol=1e-37)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(slopes(name, x[:2]), EXPECTED[name].slope, rtol=1e-6)


@every_expected
def test_the_slope_at_a_kink(name):
    for place, slope in EXPECTED[name].kinks:
        np.testing.assert_allclose(slopes(name, np.array([place], float)), slope, err_msg=str(place))


@pytest.mark.parity
@every_expected
def test_the_slopes_at_zero_and_at_kinks_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    found = [
        getattr(module, spelt)
        for module in (torch.nn.functional, torch)
        for spelt in (name, name.replace("_", ""))
        if hasattr(module, spelt)
    ]
    if not found or name == "linear":
        pytest.skip("PyTorch has none of that name")
    places, expected = zip((0, EXPECTED[name].slope), *EXPECTED[name].kinks, strict=True)
    x = torch.tensor(places, dtype=torch.float64, requires_grad=True)
    found[0](x, **({"negative_slope": 0.2} if name == "leaky_relu" else {})).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), expected)


def test_a_fresh_result_is_bent_in_place():
    kept = []

    def fresh(x):
        kept.append(x + 1)
        return kept[-1]

    assert activate(fresh, None) is fresh
    assert activate(fresh, "linear") is fresh
    out = activate(fresh, "relu")(np.array([-3.0, 1.0]))
    assert out is kept[0]
    assert out.tolist() == [0, 2]
