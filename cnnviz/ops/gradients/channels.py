"""Normalisation of every channel by what a batch has in it, some channels at a time.

From the first pass over these to the last they stay in the cache. Sums go along lines of memory, by BLAS, and from line
to line in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cnnviz.ops.gradients.order import inner, outer
from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

BAND_BYTES = 1 << 18
"""So much of a tensor is worked on at a time: it stays in the second-level cache with two others."""

HAND_OUT = 200_000
"""Tensors with fewer numbers than this are not worth a second thread."""


class ChannelGradients(NamedTuple):
    """The gradients of a normalisation of channels.

    Attributes:
        x: By the input.
        gamma: By what the channels were multiplied by, `(C,)`.
        beta: By what was added to them, `(C,)`.
    """

    x: Array
    gamma: Array
    beta: Array


class TrainedChannels(NamedTuple):
    """A normalisation of channels.

    Attributes:
        output: What came out.
        backward: The way back.
        mean: The means that were taken away, `(C,)`.
        variance: The variances, `(C,)`; where one is not finite, its squares overflowed, and the channel is worth
            nothing.
    """

    output: Array
    backward: Callable[[Array], ChannelGradients]
    mean: Array
    variance: Array


def train_channels(x: Array, epsilon: float, gamma: Array | None, beta: Array | None) -> TrainedChannels:
    """Compute `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, channel by channel.

    Args:
        x: `(N, H, W, C)` or `(N, C)`, floating.
        epsilon: Added to the variance.
        gamma: `(C,)`, or None for nothing.
        beta: `(C,)`, or None for nothing.
    """
    lines = _lines(x)
    channels, ones = lines.shape[1], np.ones(lines.shape[2], x.dtype)
    count = lines[:, 0].size
    centered, output = empty(lines.shape, x.dtype), empty(lines.shape, x.dtype)
    center, variance = np.empty(channels), np.empty(channels)
    factor, scale = np.empty(channels), np.empty(channels)

    def normalize(some: slice) -> None:
        part, mine, out = lines[:, some], centered[:, some], output[:, some]
        # Away from the first value, as outside training: a constant channel has a variance of exactly zero.
        first = part[0, :, :1]
        np.subtract(part, first, out=mine)
        center[some] = _over_lines(np.matmul(mine, ones)) / count
        mine -= _column(center[some], x.dtype)
        center[some] += first[:, 0]
        variance[some] = _over_lines(np.vecdot(mine, mine)) / count
        factor[some] = 1 / np.sqrt(variance[some] + epsilon)
        scale[some] = factor[some] if gamma is None else factor[some] * gamma[some]
        np.multiply(mine, _column(scale[some], x.dtype), out=out)
        if beta is not None:
            out += beta[some, None]

    def backward(gradient: Array) -> ChannelGradients:
        given, by_x = _lines(gradient), empty(lines.shape, x.dtype)
        by_gamma, by_beta = np.empty(channels), np.empty(channels)

        def pass_back(some: slice) -> None:
            part, mine, out = given[:, some], centered[:, some], by_x[:, some]
            by_beta[some] = _over_lines(np.matmul(part, ones))
            by_gamma[some] = _over_lines(np.vecdot(part, mine)) * factor[some]
            np.multiply(mine, _column(by_gamma[some] * factor[some] / -count, x.dtype), out=out)
            out += part
            out -= _column(by_beta[some] / count, x.dtype)
            out *= _column(scale[some], x.dtype)

        _by_channels(pass_back, lines)
        return ChannelGradients(_as_given(by_x, x), by_gamma.astype(x.dtype), by_beta.astype(x.dtype))

    _by_channels(normalize, lines)
    return TrainedChannels(_as_given(output, x), backward, center.astype(x.dtype), variance.astype(x.dtype))


def _lines(x: Array) -> Array:
    """Give `(N, H, W, C)` or `(N, C)` as `(H, C, W * N)`."""
    image = inner(x if x.ndim == 4 else x[:, None, None])
    return image.reshape(*image.shape[:2], -1)


def _as_given(lines: Array, x: Array) -> Array:
    """View `(H, C, W * N)` in the shape of what it was made of."""
    height, channels, _ = lines.shape
    return outer(lines.reshape(height, channels, -1, len(x))).reshape(x.shape)


def _over_lines(sums: Array) -> Array:
    """Add up `(H, C)` to `(C,)`."""
    total: Array = sums.sum(axis=0, dtype=np.float64)
    return total


def _column(numbers: Array, dtype: np.dtype[np.floating]) -> Array:
    """Give a number for each channel, as lines of these take them."""
    return numbers.astype(dtype)[:, None]


def _by_channels(work: Callable[[slice], None], lines: Array) -> None:
    """Call a function on some channels after the other."""
    step = max(BAND_BYTES // lines[:, 0].nbytes, 1)
    bands = [slice(first, first + step) for first in range(0, lines.shape[1], step)]
    run_bands(work, bands, worthwhile=lines.size >= HAND_OUT)
