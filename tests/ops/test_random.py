from __future__ import annotations

import hashlib
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops import random
from cnnviz.ops.random import Key, log, normal, normal_quantile, truncated_normal, uniform
from tests.helpers.rows import each

KEY: Key = (7, "conv_1", "kernel")
KEYS = st.tuples(st.integers(), st.text(max_size=8), st.text(max_size=8))
DISTRIBUTIONS = [uniform, normal, truncated_normal]

# The first four float32 values, and the beginning of the SHA-256 of 100,001 of them. They never change: the pictures
# that users have depend on them.
GOLDEN = {
    uniform: "3f6b2a52 3ea7f57b 3fbb76a1 3f9b7de9 3a5e5440f44807a9",
    normal: "3ecd26b2 bf6898bf 4034a95c 3f9c98a6 63ba1b5e273e9580",
    truncated_normal: "3ebd13be bf607351 4015cb71 3f90fc2b a3e2c4e307185f53",
}

# Lower tail and its quantile to 20 digits, by mpmath.
QUANTILES = [
    ("0x1p-33", -6.3379577545537892525),
    ("0x1.8p-30", -5.9432670085627167171),
    ("0x1p-20", -4.763001034267813957),
    ("0x1.5p-10", -3.0157462897737527738),
    ("0x1.1p-4", -1.5031029431292738708),
    ("0x1.2p-4", -1.4734675779471012936),
    ("0x1.4p-4", -1.4177971379962673391),
    ("0x1p-3", -1.1503493803760081783),
    ("0x1p-2", -0.6744897501960817432),
    ("0x1.8p-2", -0.31863936396437516302),
    ("0x1.ep-2", -0.07841241273311219854),
    ("0x1.ffp-2", -0.0024478816191106774544),
    ("0x1.ffffp-2", -9.5620280253189023357e-6),
]


def gaussian(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def truncated_gaussian(x: float) -> float:
    return (gaussian(x) - gaussian(-2)) / (gaussian(2) - gaussian(-2))


@each("draw", DISTRIBUTIONS)
def test_the_bits_are_those_of_every_machine(draw):
    values = draw((100_001,), KEY, -0.25, 1.5).astype("<f4")
    first = " ".join(f"{bits:08x}" for bits in values[:4].view("<u4"))
    assert f"{first} {hashlib.sha256(values.tobytes()).hexdigest()[:16]}" == GOLDEN[draw]


def test_uniform_follows_from_the_raw_integers():
    raw = np.random.PCG64(random._seed(KEY)).random_raw(3)
    halves = [half for number in raw for half in (int(number) % 2**32, int(number) >> 32)]
    values = uniform((5,), KEY, -1.0, 3.0)
    assert values.tolist() == [float(np.float32(-1 + 4 * (half + 0.5) / 2**32)) for half in halves[:5]]


def test_a_seed_is_the_digest_of_the_parts_with_their_lengths():
    assert random._seed((-1, "é", "")) == int(hashlib.sha256(b"2:-1,2:\xc3\xa9,0:,").hexdigest(), 16)


@each("draw", DISTRIBUTIONS)
@given(short=st.integers(0, 70_000), more=st.integers(0, 70_000))
def test_a_longer_array_begins_with_a_shorter_one(draw, short, more):
    long = draw((short + more,), KEY, 0.0, 1.0)
    assert np.array_equal(draw((short,), KEY, 0.0, 1.0), long[:short])


@each("draw", DISTRIBUTIONS)
def test_the_shape_only_folds_the_values(draw):
    values = draw((3, 5, 7), KEY, 0.0, 1.0)
    assert values.shape == (3, 5, 7)
    assert values.dtype == np.float32
    assert values.flags.c_contiguous
    assert np.array_equal(values.ravel(), draw((105,), KEY, 0.0, 1.0))


@each("draw", DISTRIBUTIONS)
def test_the_chunk_is_no_part_of_the_result(draw, monkeypatch):
    expected = draw((1000,), KEY, 0.0, 1.0)
    monkeypatch.setattr(random, "_CHUNK", 14)
    assert np.array_equal(draw((1000,), KEY, 0.0, 1.0), expected)


@given(one=KEYS, other=KEYS)
def test_keys_differ_as_their_seeds_do(one, other):
    assert (one == other) == (random._seed(one) == random._seed(other))


@each("other", [(8, "conv_1", "kernel"), (7, "conv_2", "kernel"), (7, "conv_1", "bias")])
def test_other_keys_give_independent_values(other):
    one, two = normal((50_000,), KEY, 0.0, 1.0), normal((50_000,), other, 0.0, 1.0)
    assert abs(np.mean(one * two)) < 4 / math.sqrt(50_000)


@each(
    ("draw", "cumulative", "variance"),
    [
        (uniform, lambda x: x, 1 / 12),
        (normal, gaussian, 1.0),
        (truncated_normal, truncated_gaussian, 0.87962566103423978**2),
    ],
)
def test_values_are_distributed_as_they_should(draw, cumulative, variance):
    count = 100_000
    x = np.sort(draw((count,), KEY, 0.0, 1.0).astype(np.float64))
    assert x.var() == pytest.approx(variance, rel=0.01)
    # The test of Kolmogorov and Smirnov at one in a thousand.
    expected = np.array([cumulative(value) for value in x])
    steps = np.arange(count + 1) / count
    assert max((steps[1:] - expected).max(), (expected - steps[:-1]).max()) < 1.95 / math.sqrt(count)


@given(
    st.floats(-1e6, 1e6, width=32),
    st.floats(0, 1e6, width=32),
)
def test_ends_are_kept(middle, spread):
    low, high = middle - spread, middle + spread
    values = uniform((1000,), KEY, low, high)
    assert np.float32(low) <= values.min()
    assert values.max() <= np.float32(high)
    values = truncated_normal((1000,), KEY, middle, spread)
    assert np.float32(middle - 2 * spread) <= values.min()
    assert values.max() <= np.float32(middle + 2 * spread)


def test_the_smallest_and_largest_bits_stay_inside():
    ends = np.array([0, 2**32 - 1]) + 0.5 - 2.0**31
    q = ends * (random._TWO_DEVIATIONS * 2.0**-32)
    normal_quantile(q)
    assert np.abs(q.astype(np.float32)).max() == 2.0


@each(("tail", "quantile"), QUANTILES)
def test_quantiles(tail, quantile):
    q = np.array([float.fromhex(tail) - 0.5, 0.5 - float.fromhex(tail)])
    normal_quantile(q)
    assert q[0] == pytest.approx(quantile, rel=1e-15, abs=0)
    assert q[1] == -q[0]


def test_the_median_is_zero():
    q = np.zeros(1)
    normal_quantile(q)
    assert q[0] == 0.0


@given(st.lists(st.floats(2.0**-1000, 2.0**1000), min_size=1, max_size=20))
def test_log_is_within_one_unit_in_the_last_place(numbers):
    for ours, number in zip(log(np.array(numbers)), numbers, strict=True):
        # `math.log` itself may be off by one.
        assert abs(ours - math.log(number)) <= 2 * math.ulp(math.log(number))


def test_log_of_one_and_of_powers_of_two():
    powers = np.arange(-1000, 1001)
    assert np.allclose(log(np.ldexp(1.0, powers)), powers * math.log(2), rtol=2**-52, atol=0)


@each("draw", DISTRIBUTIONS)
def test_memory_stays_flat(draw):
    draw((10,), KEY, 0.0, 1.0)
    tracemalloc.start()
    try:
        draw((3_000_000,), KEY, 0.0, 1.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 3_000_000 + 4 * 2**20
