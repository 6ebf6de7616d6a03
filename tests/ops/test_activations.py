"""Activation functions."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops.activations import ACTIVATIONS, activate
from tests.helpers.rows import each

every_activation = each("name", sorted(ACTIVATIONS))
FAR = np.array([-1000.0, -750, -90, -40, -20, -3, -1, -1e-9, 0, 1e-9, 0.5, 3, 6, 20, 40, 90, 700])


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def softplus(x):
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


def gelu_tanh(x):
    return x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))


def tanh_shrink(x):
    if abs(x) < 0.1:
        return x**3 / 3 - 2 * x**5 / 15 + 17 * x**7 / 315 - 62 * x**9 / 2835 + 1382 * x**11 / 155925
    return x - math.tanh(x)


def squareplus(x):
    large = (abs(x) + math.sqrt(x * x + 4)) / 2
    return large if x >= 0 else 1 / large


# Keras 3's definitions, one number at a time.
FORMULAS = {
    "linear": lambda x: x,
    "relu": lambda x: max(x, 0),
    "relu6": lambda x: min(max(x, 0), 6),
    "leaky_relu": lambda x: x if x >= 0 else 0.2 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "gelu": lambda x: x * 0.5 * math.erfc(-x / math.sqrt(2)),
    "silu": lambda x: x * sigmoid(x),
    "swish": lambda x: x * sigmoid(x),
    "mish": lambda x: x * math.tanh(softplus(x)),
    "sigmoid": sigmoid,
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "hard_silu": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "hard_swish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "tanh": math.tanh,
    "softplus": softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "exponential": math.exp,
    "celu": lambda x: x if x > 0 else math.expm1(x),
    "gelu_tanh": gelu_tanh,
    "hard_shrink": lambda x: x if abs(x) > 0.5 else 0,
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "log_sigmoid": lambda x: -softplus(-x),
    "soft_shrink": lambda x: x - 0.5 if x > 0.5 else x + 0.5 if x < -0.5 else 0,
    "sparse_plus": lambda x: 0 if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4,
    "sparse_sigmoid": lambda x: 0 if x <= -1 else 1 if x >= 1 else (x + 1) / 2,
    "squareplus": squareplus,
    "tanh_shrink": tanh_shrink,
    "abs": abs,
    "neg": lambda x: -x,
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "log": lambda x: math.log(x) if x > 0 else -math.inf if x == 0 else math.nan,
    "reciprocal": lambda x: 1 / x if x else math.inf,
}


def test_every_name_has_a_function_and_a_formula():
    assert set(ACTIVATIONS) == {*FORMULAS, "softmax", "log_softmax"}


@each("name", sorted(FORMULAS))
def test_the_formula_holds_far_out_and_near_zero(name):
    expected = np.array([FORMULAS[name](value) for value in FAR.tolist()])
    np.testing.assert_allclose(ACTIVATIONS[name].function(FAR), expected, rtol=2e-13, atol=1e-300)


@each("name", sorted(FORMULAS))
def test_float32_is_as_exact_as_it_can_be(name):
    x = FAR[(abs(FAR) > 1e-6) & (FAR < 80)].astype("float32")
    expected = np.array([FORMULAS[name](value) for value in x.tolist()])
    np.testing.assert_allclose(ACTIVATIONS[name].function(x), expected, rtol=2e-6, atol=1e-6)


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


@every_activation
def test_what_is_not_a_number_stays_so_and_warns_of_nothing(name):
    out = ACTIVATIONS[name].function(np.array([[np.nan], [1.0]]))
    assert np.isnan(out[0, 0])
    assert np.isfinite(out[1, 0])


@every_activation
def test_float32_far_out_overflows_nowhere(name):
    out = ACTIVATIONS[name].function(np.array([[-1000], [-100], [80], [1000]], "float32"))
    assert np.isfinite(out[:3]).all() == (name not in ("sqrt", "log"))
    assert np.isfinite(out[3]).all() == (name != "exponential")


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
