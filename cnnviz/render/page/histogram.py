"""How often a layer has which values."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.io.opencv import cv2
from cnnviz.render.bands import BandBuffer, MemoryOrder, as_maps, bands
from cnnviz.render.scaling import GUARD
from cnnviz.render.statistics import Statistics

Array = NDArray[Any]

BINS = 60


class Histogram(msgspec.Struct, frozen=True):
    """How many values fall into each of some equal bins.

    Attributes:
        low: Where the first bin begins.
        high: Where the last one ends.
        counts: Count of each bin, zeros included.
        zeros: How many values are zero.
        total: How many values there are, NaN and infinities left out.
    """

    low: float
    high: float
    counts: tuple[int, ...]
    zeros: int
    total: int


def histogram(array: Array, statistics: Statistics) -> Histogram | None:
    """Count values; None where nothing is finite or all of it is one value.

    Args:
        array: `(H, W, C)` in any memory order, or `(units,)`.
        statistics: Statistics of the array.
    """
    low, high = statistics.round(statistics.minimum), statistics.round(statistics.maximum)
    if low is None or high is None or low >= high:
        return None
    counts = np.zeros(BINS + 1, np.int64)
    share = high / BINS - low / BINS
    view = MemoryOrder.of(as_maps(array)).view
    scratch, numbers = BandBuffer(np.float64), BandBuffer(np.uint8)
    lib = cv2()
    # The ends were rounded, and what is at the upper one belongs to the last bin.
    ends = np.array([statistics.minimum, statistics.maximum])
    with np.errstate(all="ignore"):
        within = not statistics.nonfinite and bool((((at := _places(ends, low, share)) >= 0) & (at < BINS + 1)).all())
        for rows, columns in bands(view.shape):
            band = view[rows, columns]
            work = _places(band, low, share, scratch.like(band))
            if not within:
                np.clip(work, 0, BINS - 1, out=work)
                work[~np.isfinite(band)] = BINS
            bins = numbers.like(band)
            np.copyto(bins, work, casting="unsafe")
            # Twice as fast as `np.bincount`, which wants them as 64 bits.
            found = lib.calcHist([bins.reshape(1, -1)], [0], None, [BINS + 1], [0, BINS + 1])
            counts += found.reshape(-1).astype(np.int64)
    if within:
        counts[BINS - 1] += counts[BINS]
    total = statistics.count - statistics.nonfinite
    return Histogram(low, high, tuple(counts[:BINS].tolist()), statistics.zeros, total)


def _places(values: Array, low: float, share: float, out: Array | None = None) -> Array:
    """Say which bins values fall into, the first being from 0 to 1."""
    out = np.subtract(values, low, out=out, dtype=np.float64)
    out /= share
    out += GUARD
    return out
