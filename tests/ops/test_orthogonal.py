from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops.orthogonal import exact_matmul, orthogonal
from cnnviz.ops.random import Key

KEY: Key = (7, "conv_1", "kernel")


@given(rows=st.integers(1, 60), columns=st.integers(1, 60), gain=st.sampled_from([1.0, -1.0, 0.5, 3.0]))
def test_the_shorter_side_is_orthonormal(rows, columns, gain):
    matrix = orthogonal(rows, columns, KEY, gain)
    assert matrix.shape == (rows, columns)
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    wide = matrix.astype(np.float64) if rows < columns else matrix.T.astype(np.float64)
    assert np.abs(wide @ wide.T - gain**2 * np.eye(len(wide))).max() < 2e-7 * gain**2


def test_a_large_square_matrix():
    matrix = orthogonal(257, 257, KEY, 1.0).astype(np.float64)
    assert np.abs(matrix.T @ matrix - np.eye(257)).max() < 1e-6


def test_it_is_the_q_of_the_normal_matrix():
    from cnnviz.ops.random import normal

    vectors = normal((6, 20), KEY, 0.0, 1.0).astype(np.float64)
    q, r = np.linalg.qr(vectors.T)
    assert np.allclose(orthogonal(20, 6, KEY, 1.0), q * np.sign(np.diag(r)), atol=1e-7)


@pytest.mark.parametrize(
    ("rows", "columns", "digest"),
    [(27, 8, "4052b8f414b30caf"), (8, 27, "7280dc987fe4303c"), (40, 40, "7770647c0f96c663")],
)
def test_the_bits_are_those_of_every_machine(rows, columns, digest):
    matrix = orthogonal(rows, columns, KEY, 1.0).astype("<f4")
    assert hashlib.sha256(matrix.tobytes()).hexdigest()[:16] == digest


@given(
    rows=st.integers(1, 9),
    inner=st.integers(1, 300),
    columns=st.integers(1, 9),
    seed=st.integers(0, 99),
    scale=st.sampled_from([1e-30, 1.0, 1e30]),
)
def test_no_order_of_the_sums_changes_a_bit(rows, inner, columns, seed, scale):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((rows, inner)) * scale, rng.standard_normal((inner, columns))
    product = exact_matmul(a, b)
    order = rng.permutation(inner)
    assert np.array_equal(exact_matmul(a[:, order], b[order]), product)
    assert np.array_equal(exact_matmul(b.T, a.T).T, product)
    assert np.abs(product - a @ b).max() < 1e-9 * scale * inner**0.5


def test_products_with_zeros():
    assert np.array_equal(exact_matmul(np.zeros((2, 3)), np.ones((3, 2))), np.zeros((2, 2)))
