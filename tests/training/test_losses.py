"""The losses are their formulas, and their gradients finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnviz.training.losses import LOSSES, cross_entropy, mean_squared_error

LABELS = np.array([0, 3, 2])
OUTPUTS = arrays(np.float64, (3, 4), elements=st.floats(-50, 50))


@given(OUTPUTS)
def test_cross_entropy_is_the_mean_negative_log_of_the_softmax(outputs: np.ndarray) -> None:
    expected = 0.0
    for row, label in zip(outputs.tolist(), LABELS, strict=True):
        expected += math.log(math.fsum(math.exp(score - row[label]) for score in row)) / 3
    assert cross_entropy(outputs, LABELS).value == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(OUTPUTS)
def test_mse_is_the_mean_over_examples_and_units(outputs: np.ndarray) -> None:
    errors = [
        (value - (unit == label)) ** 2
        for row, label in zip(outputs.tolist(), LABELS, strict=True)
        for unit, value in enumerate(row)
    ]
    assert mean_squared_error(outputs, LABELS).value == pytest.approx(math.fsum(errors) / 12, rel=1e-12)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_gradients_are_finite_differences(name: str) -> None:
    loss = LOSSES[name]
    rng = np.random.default_rng(1)
    outputs, direction = rng.normal(0, 2, (3, 4)), rng.normal(0, 1, (3, 4))
    ends = [loss(outputs + sign * 1e-6 * direction, LABELS).value for sign in (1, -1)]
    assert (loss(outputs, LABELS).gradient * direction).sum() == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_gradients_have_the_dtype_of_the_outputs_which_stay_as_they_are(name: str) -> None:
    outputs = np.arange(12, dtype=np.float32).reshape(3, 4)
    before = outputs.copy()
    assert LOSSES[name](outputs, LABELS).gradient.dtype == np.float32
    np.testing.assert_array_equal(outputs, before)


def test_cross_entropy_does_not_overflow() -> None:
    loss = cross_entropy(np.array([[1e30, -1e30]], np.float32), np.array([0]))
    assert loss.value == 0
    np.testing.assert_array_equal(loss.gradient, 0)


def test_what_is_not_finite_stays_so() -> None:
    with np.errstate(all="ignore"):
        assert math.isnan(cross_entropy(np.array([[np.nan, 1.0]]), np.array([0])).value)
        assert not math.isfinite(cross_entropy(np.array([[np.inf, 1.0]]), np.array([1])).value)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_greatest_output_counts(name: str) -> None:
    assert LOSSES[name](np.array([[1.0, 2], [3, 0], [0, 9]]), np.array([1, 0, 0])).correct == 2


SCORE = arrays(np.float64, (5, 1), elements=st.floats(-800, 800))
EITHER = np.array([0, 1, 1, 0, 1])


@given(SCORE)
def test_of_a_single_score_it_is_the_cross_entropy_of_the_sigmoid(scores: np.ndarray) -> None:
    loss = cross_entropy(scores, EITHER)
    expected, slopes, right = [], [], 0
    for z, label in zip(scores[:, 0].tolist(), EITHER.tolist(), strict=True):
        away = -z if label else z  # how far on the wrong side
        expected.append(max(away, 0) + math.log1p(math.exp(-abs(z))))
        slopes.append(((1 / (1 + math.exp(-z)) if z > -700 else 0.0) - label) / 5)
        right += (z > 0) == bool(label)
    assert loss.value == pytest.approx(math.fsum(expected) / 5, rel=1e-12)
    np.testing.assert_allclose(loss.gradient[:, 0], slopes, rtol=1e-12, atol=1e-16)
    assert loss.correct == right


@given(arrays(np.float64, (5, 1), elements=st.floats(0, 1)))
def test_of_a_single_output_mse_is_its_distance_from_the_label(shares: np.ndarray) -> None:
    loss = mean_squared_error(shares, EITHER)
    errors = shares[:, 0] - EITHER
    assert loss.value == pytest.approx(math.fsum(errors**2) / 5, rel=1e-12)
    np.testing.assert_allclose(loss.gradient[:, 0], 2 * errors / 5, rtol=1e-12)
    assert loss.correct == sum((share > 0.5) == bool(label) for share, label in zip(shares[:, 0], EITHER, strict=True))
