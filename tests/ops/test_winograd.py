"""Winograd's way: what lies in a tile beside what is loud, silent or not finite."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.ops.convolution import winograd
from cnnviz.ops.parallel import threads
from tests.helpers.convolutions import cases, chosen, plan, slow
from tests.helpers.reference import convolution
from tests.helpers.rows import each


def test_it_gives_the_same_in_blocks(monkeypatch):
    x, kernel, options = chosen("winograd")
    whole = plan(kernel, None, x.shape[1:], **options)(x)
    monkeypatch.setattr(winograd, "TILES", 26)
    monkeypatch.setattr(winograd, "WIDE", 7)
    monkeypatch.setattr(winograd, "TURNED", 560)
    with threads(2):
        blocks = plan(kernel, None, x.shape[1:], **options)(x)
    np.testing.assert_allclose(blocks, whole, rtol=0, atol=1e-12 * np.ptp(whole))


def test_it_keeps_the_digits_of_what_is_small(monkeypatch):
    x, kernel, options = chosen("winograd", count=2)
    for tiles in (winograd.TILES, 26):
        monkeypatch.setattr(winograd, "TILES", tiles)
        for quiet in ((slice(20, 24), slice(30, 35)), (slice(20, 24), slice(0, 30)), (slice(20, 57), slice(0, 58))):
            picture = x.copy()
            picture[(1, *quiet)] *= 1e-9
            out = plan(kernel, None, x.shape[1:], **options)(picture)
            expected, sums = slow(picture, kernel, options), slow(abs(picture), abs(kernel), options)
            assert (abs(out - expected) <= 2.0**-19 * abs(expected) + 1e-14 * sums).all()


@each("dtype", ["float32", "float64"])
def test_it_leaves_silence_around_what_is_loud(dtype):
    x, kernel, options = chosen("winograd", dtype, count=2)
    x[0, :, :11] = x[0, 30:, 20:] = 0
    x[1, :, :, 1:] = x[1, 9:] = 0  # but for one channel
    for padding in ((1, 1, 1, 1), (4, 0, 1, 5)):
        for bias in (None, np.linspace(-0.5, 0.5, 96, dtype=dtype)):
            out = plan(kernel, bias, x.shape[1:], padding=padding, groups=1)(x)
            heard = slow((x != 0).any(axis=3, keepdims=True), np.ones((3, 3, 1, 1)), {**options, "padding": padding})
            silent = out[heard[..., 0] == 0]
            assert len(silent) > 1000
            np.testing.assert_array_equal(silent, np.broadcast_to(0 if bias is None else bias, silent.shape))


def largest(x, kernel, padding):
    """Give the largest magnitude that each output sees: `(N, rows, columns, 1)`."""
    sizes = np.pad(abs(x).max(axis=3), ((0, 0), padding[:2], padding[2:]))
    windows = np.lib.stride_tricks.sliding_window_view(sizes, kernel.shape[:2], axis=(1, 2))
    return windows.max(axis=(3, 4))[..., None]


@settings(max_examples=40)
@given(data=st.data())
def test_it_keeps_the_digits_of_what_is_dark_beside_what_is_bright(data):
    x, kernel, bias, options = data.draw(cases("winograd"))
    x, options["groups"] = x[..., : kernel.shape[2]].copy(), 1
    for _ in range(data.draw(st.integers(1, 3))):
        item, top, left = (data.draw(st.integers(0, length - 1)) for length in x.shape[:3])
        x[item, top : top + data.draw(st.integers(1, 9)), left : left + data.draw(st.integers(1, 9))] *= x.dtype.type(
            data.draw(st.sampled_from([0, 1e-3, 1e-6, 1e-30]))
        )
    out = plan(kernel, None, x.shape[1:], **options, way="winograd")(x)
    expected = np.stack([convolution(item.astype("f8"), kernel.astype("f8"), None, **options) for item in x])
    seen = largest(x.astype("f8"), kernel, options["padding"]) * abs(kernel.astype("f8")).sum(axis=(0, 1, 2))
    # A number of the tile may be 256 times as large as the largest of the window.
    near, far = {"float64": (2.0**-19, 1e-14), "float32": (0, 256 * 2e-6)}[str(x.dtype)]
    tiny = kernel.size * float(np.finfo(x.dtype).smallest_subnormal)
    assert (abs(out - expected) <= near * abs(expected) + far * seen + tiny).all()
    shifted = plan(kernel, bias, x.shape[1:], **options, way="winograd")(x)
    silent = (seen == 0).any(axis=3)
    assert (shifted[silent] == (0 if bias is None else bias)).all()
    assert not out[silent].any()


def test_pictures_that_are_black_for_the_most_part_are_not_worked_out_anew(monkeypatch):
    x, kernel, options = chosen("winograd", count=2)
    x[0, 20:] = x[1, :, :40] = 0
    run = plan(kernel, None, x.shape[1:], **options)
    monkeypatch.setattr(winograd.direct, "prepare", None)
    out, expected = run(x), slow(x, kernel, options)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12 * np.ptp(expected))


def test_it_leaves_pictures_beside_one_that_is_not_finite_alone():
    x, kernel, options = chosen("winograd", "float32", count=3)
    run = plan(kernel, None, x.shape[1:], **options)
    clean = run(x)
    x[1, 56, 57, 63] = np.inf  # the last pixel of the last tile
    out = run(x)
    np.testing.assert_array_equal(out[::2], clean[::2])
    assert not np.isfinite(out[1, 55:, 56:]).any()
    assert np.isfinite(out[1, :55]).all()


def test_it_makes_numbers_near_the_largest_that_its_sums_would_exceed():
    x, kernel, options = chosen("winograd", "float32")
    run, large = plan(kernel * np.float32(2.0**-9), None, x.shape[1:], **options), np.float32(2.0**124)
    with np.errstate(over="ignore", invalid="ignore"):
        out = run(x * large)
    expected = slow(x.astype("f8"), kernel.astype("f8"), options) * 2.0**115
    assert np.abs(out - expected).max() <= 1e-5 * np.ptp(expected)
