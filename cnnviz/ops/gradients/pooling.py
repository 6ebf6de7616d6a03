"""Maxima and means over windows, and the way back.

Both go along one axis at a time and tap by tap: what all first pixels of the windows get, then what all second ones
get, in long runs. No window is laid out. Channels do not matter to each other, so bands are some channels each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnviz.ops.gradients.order import batch_innermost
from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.gradients.taps import Taps
from cnnviz.ops.memory import empty_like
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.pooling import Sides, divisors
from cnnviz.ops.reductions import mean
from cnnviz.ops.sliding import Sliding

BAND_BYTES = 1 << 20
"""How much of the input a band holds: smaller ones have shorter runs, which costs more than the cache gives."""

HAND_OUT = 500_000
"""Inputs with fewer numbers than this are not worth a second thread."""


def train_max_pool(sliding: Sliding) -> Callable[[Array], Trained]:
    """Prepare maxima of windows; of several, the first in row-major order gets the gradient (as in PyTorch).

    That is the first of the largest in the first row that has one: along the width first, then along the height.

    Args:
        sliding: How the window slides over the maps.

    Returns:
        A function of `(N, H, W, C)` to the maxima, `(N, OH, OW, C)`, and the way back.
    """
    rows, columns = Taps(1, sliding.rows), Taps(2, sliding.columns)

    def pool(x: Array, widest: Array, y: Array) -> None:
        columns.maximum(x, widest)
        rows.maximum(widest, y)

    def pass_back(x: Array, widest: Array, y: Array, gradient: Array, out: Array) -> None:
        between = np.empty_like(widest)
        rows.to_the_first(widest, y, gradient, between)
        columns.to_the_first(x, widest, between, out)

    def train(x: Array) -> Trained:
        x = batch_innermost(x)
        items, height, _, channels = x.shape
        widest = empty_like(x, (items, height, columns.windows, channels))
        y = empty_like(x, (items, rows.windows, columns.windows, channels))

        def backward(gradient: Array) -> Array:
            out = empty_like(x, x.shape)
            _by_channels(pass_back, x, widest, y, batch_innermost(gradient), out)
            return out

        _by_channels(pool, x, widest, y)
        return y, backward

    return train


def train_average_pool(
    sliding: Sliding, dtype: np.dtype[Any], counted: Sides | None = None
) -> Callable[[Array], Trained]:
    """Prepare means of windows.

    Args:
        sliding: How the window slides over the maps.
        dtype: The arithmetic's floating type.
        counted: As for `plan_average_pool`.

    Returns:
        A function of `(N, H, W, C)` to the means, `(N, OH, OW, C)`, and the way back.
    """
    rows, columns = Taps(1, sliding.rows), Taps(2, sliding.columns)
    share = (1 / divisors(sliding, counted)).astype(dtype)
    few = 2.0 ** -int(rows.real.max() * columns.real.max()).bit_length()

    def average(x: Array, y: Array) -> None:
        between = np.empty_like(x, shape=(*x.shape[:2], *y.shape[2:]))
        columns.total(x, between)
        rows.total(between, y)
        y *= share

    def pool(x: Array, y: Array) -> None:
        average(x, y)
        if not np.isfinite(y).all():
            # The sum of a window may overflow where its mean does not, as outside training.
            again = np.empty_like(y)
            average(x * few, again)
            np.copyto(y, again / few, where=~np.isfinite(y))

    def pass_back(gradient: Array, out: Array) -> None:
        between = np.empty_like(out, shape=(*out.shape[:2], *gradient.shape[2:]))
        rows.to_all(gradient * share, between)
        columns.to_all(between, out)

    def train(x: Array) -> Trained:
        x = batch_innermost(x)
        items, _, _, channels = x.shape
        y = empty_like(x, (items, rows.windows, columns.windows, channels))

        def backward(gradient: Array) -> Array:
            out = empty_like(x, x.shape)
            _by_channels(pass_back, batch_innermost(gradient), out)
            return out

        _by_channels(pool, x, y)
        return y, backward

    return train


def train_global_maximum(x: Array, keepdims: bool) -> Trained:
    """Take the maximum of each map; of several, the first in row-major order gets the gradient.

    Args:
        x: `(N, H, W, C)`.
        keepdims: Whether to leave axes of length 1.

    Returns:
        The maxima, `(N, C)` or `(N, 1, 1, C)`, and the way back.
    """
    pixels = x.reshape(len(x), -1, x.shape[3])
    places = pixels.argmax(axis=1, keepdims=True)
    y = np.take_along_axis(pixels, places, axis=1)

    def backward(gradient: Array) -> Array:
        out = np.zeros_like(pixels)
        np.put_along_axis(out, places, gradient.reshape(y.shape), axis=1)
        return out.reshape(x.shape)

    return y.reshape(_global_shape(x, keepdims)), backward


def train_global_mean(x: Array, keepdims: bool) -> Trained:
    """Take the mean of each map.

    Args:
        x: `(N, H, W, C)`.
        keepdims: Whether to leave axes of length 1.

    Returns:
        The means, `(N, C)` or `(N, 1, 1, C)`, and the way back.
    """

    def backward(gradient: Array) -> Array:
        share = gradient / (x.shape[1] * x.shape[2])
        return np.broadcast_to(share.reshape(_global_shape(x, keepdims=True)), x.shape)

    return mean(x, (1, 2), keepdims), backward


def _global_shape(x: Array, keepdims: bool) -> tuple[int, ...]:
    return (len(x), 1, 1, x.shape[3]) if keepdims else (len(x), x.shape[3])


def _by_channels(work: Callable[..., None], *arrays: Array) -> None:
    """Call a function on some channels of all arrays at a time; the first one counts for how many."""
    first = arrays[0]
    bands = -(-first.nbytes // BAND_BYTES)
    worthwhile = first.size >= HAND_OUT
    if worthwhile:
        bands += bands % 2  # as much for one thread as for the other
    step = -(-first.shape[3] // bands)
    run_bands(
        lambda start: work(*(array[..., start : start + step] for array in arrays)),
        range(0, first.shape[3], step),
        worthwhile=worthwhile,
    )
