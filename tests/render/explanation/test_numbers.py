from __future__ import annotations

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.render.explanation.numbers import added, loses, number, put_in, written
from cnnviz.render.kit.numbers import short
from tests.helpers.formulas import FUNCTIONS
from tests.helpers.rows import each


@each(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (-12.0, "-12"),
        (0.5, "0.5"),
        (123456.0, "123456"),
        (1234567.0, "1234567"),
        (2e12, "2e+12"),
        (-1e-300, "-1e-300"),
        (2 / 3, "0.666667"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_a_number_has_the_digits_that_it_has_in_a_report(value, text):
    assert number(value) == text
    assert text in (short(value), "0")


def test_negative_numbers_stand_in_brackets_next_to_a_sign():
    assert put_in("x ** 2 + y", {"x": -3.0, "y": 2.0}) == "(-3) ** 2 + 2"
    assert put_in("sum + bias", {"sum": -2.0, "bias": -0.5}) == "-2 + (-0.5)"
    assert put_in("1 / (1 + exp(-x))", {"x": -3.0}) == "1 / (1 + exp(-(-3)))"
    assert put_in("max(x, 0)", {"x": -3.0}) == "max(-3, 0)"


def test_functions_keep_their_names_even_if_a_number_has_the_same():
    assert put_in("sum / count + sum(values)", {"sum": 6.0, "count": 3}) == "6 / 3 + sum(values)"


@given(name=st.sampled_from(sorted(set(ACTIVATIONS) - {"softmax"})), x=st.floats(-30, 30))
@example(name="squareplus", x=-1.0)
def test_what_is_printed_can_be_worked_out_again(name, x):
    assume(x or not ACTIVATIONS[name].undefined)  # infinite, which no formula in Python says
    expression, operands = ACTIVATIONS[name].expression, {"x": x, **ACTIVATIONS[name].constants}
    with np.errstate(invalid="ignore"):
        value = eval(expression, {**FUNCTIONS, **operands})
        printed = eval(put_in(expression, operands, digits=17), dict(FUNCTIONS))
    np.testing.assert_allclose(printed, value, rtol=1e-12, atol=1e-300)


def test_a_sum_is_written_with_its_signs():
    assert added([-1.0, -4.0, 3.5], -1.5) == "-1 - 4 + 3.5"
    assert added([2.0], 2.0) == "2"


def test_a_sum_says_by_how_much_it_is_off_as_it_is_written():
    assert added([176.844006, 914.410842], 1091.254848) == "176.844 + 914.411 (rounding -0.005)"


@each(
    ("values", "texts"),
    [
        ([1, -2, 0], ["1", "-2", "0"]),
        ([12.3456, -0.5, 0], ["12.35", "-0.50", "0"]),
        ([0.00123, -0.1], ["0.0012", "-0.1000"]),
        ([1e-9, -2e-9], ["1e-09", "-2e-09"]),
        ([123456.7, 1.25], ["123457", "1"]),
        ([np.nan, np.inf, 1.5], ["nan", "inf", "1.500"]),
        ([np.nan, np.nan], ["nan", "nan"]),
    ],
)
def test_numbers_that_stand_together_have_the_decimals_that_the_largest_needs(values, texts):
    assert written(np.array(values, float), 4).tolist() == texts


def test_numbers_that_lose_digits_are_known():
    assert loses(np.array([[1.25, 100.0]]), 3)
    assert not loses(np.array([[1.25, 2.5, np.nan]]), 3)
