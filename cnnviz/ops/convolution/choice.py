"""Which way a convolution goes: by shape, dtype and kernel alone, never by timing or the number of threads.

A new way is a file of this folder with a function `prepare` of a `Problem`, and a line in the table at the end of this
one. The crossovers were measured with OpenBLAS's AVX2 code; where a processor has more, products come out a little
ahead of where these rules expect them, and nothing is lost but some of that gain.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, Run

SPAN_BYTES = 1 << 22
"""What all windows together span may be laid out up to this size, or if it is not much more than the picture."""

SMALL = 400_000
"""Up to so many multiply-accumulates, a picture alone is better done with few calls than with fast ones."""

FEW = 24
"""Up to so many channels, rows of planes may be copied; with no more filters, those of a batch lie innermost."""

SINGLE = 1 / 512
"""Up to this part of all outputs, it is less work to make each of them alone."""

SMALL_GROUP = 32
"""Groups of fewer channels than this are worked on together."""

LONG_ROWS = 48
"""Rows of so many outputs are worth a product each."""

KERNEL_BYTES = 1 << 18
"""A kernel up to this size may be read again for each of them: it stays in the cache."""


class Way(NamedTuple):
    """A way of computing a convolution.

    Attributes:
        name: The module's name.
        suits: Tells whether the way is the best one, if no way before it in the table is.
        takes_groups: Whether the module works on all groups at once; other ways are prepared once per group.
        mixes: Whether tiles as a whole are turned into sums and back, so that rounding errors spread over a tile.
    """

    name: str
    suits: Callable[[Problem], bool]
    takes_groups: bool = False
    mixes: bool = False


def choose(problem: Problem) -> Way:
    """Choose a way: the first in the table that suits."""
    return next(way for way in _ORDER if way.suits(problem))


def mixes(problem: Problem) -> bool:
    """Tell whether a convolution rounds by what lies beyond the windows: it works on tiles as a whole."""
    way = choose(problem)
    if problem.groups == 1 or way.takes_groups:
        return way.mixes
    return any(choose(block).mixes for block in problem.blocks())


def single_part(problem: Problem) -> float:
    """Return up to which part of a picture's outputs it is less work to make each of them alone than all.

    By transforms, what all of them cost hardly depends on the kernel, but one alone costs as much as that has numbers.
    """
    if problem.groups > 1 or choose(problem).name != "fourier":
        return SINGLE
    return min(SINGLE, 16 * problem.filters / problem.kernel.size)


def prepare(problem: Problem, name: str | None = None) -> Run:
    """Prepare a convolution; the module of its way is imported only now.

    Args:
        problem: The convolution.
        name: The way to take; None for the best one.
    """
    way = choose(problem) if name is None else WAYS[name]
    if problem.groups > 1 and not way.takes_groups:
        return _prepare_groups(problem, name)
    run: Run = import_module(f"cnnviz.ops.convolution.{way.name}").prepare(problem)
    gathers = way.name in ("lines", "patches", "pointwise") and problem.groups == 1
    return _or_rows(problem, run) if gathers and name is None else run


def _or_rows(problem: Problem, run: Run) -> Run:
    """Leave batches whose pictures lie innermost to rows: from there, others would gather number by number."""
    rows = cache(lambda: prepare(problem, "rows"))

    def convolve(x: Array) -> Array:
        return (rows() if len(x) > 1 and x.strides[0] == x.itemsize else run)(x)

    return convolve


def _prepare_groups(problem: Problem, name: str | None) -> Run:
    """Prepare a convolution whose groups are worked on one after the other."""
    runs, channels = [prepare(block, name) for block in problem.blocks()], problem.channels

    def convolve(x: Array) -> Array:
        parts = [run(x[..., g * channels : (g + 1) * channels]) for g, run in enumerate(runs)]
        return np.concatenate(parts, axis=3)

    return convolve


def prepare_for_batches(problem: Problem) -> Run:
    """Prepare a way that is right for every convolution, or for every one of one tap, for several small pictures.

    Rows are long where the batch lies innermost, which they leave to what comes next.
    """
    few = max(problem.channels, problem.filters) <= FEW and problem.sliding.size != (1, 1)
    if few or _has_long_runs(problem):
        return prepare(problem, "rows")
    return _or_rows(problem, prepare(problem, "pointwise" if _is_pointwise(problem) else "patches"))


def _has_long_runs(problem: Problem) -> bool:
    """Tell whether rows of planes are copied in longer runs than patches: few channels and long rows."""
    channels, columns = problem.channels, problem.sliding.columns.output
    return problem.sliding.size != (1, 1) and (channels < 4 or (channels <= FEW and columns >= LONG_ROWS))


def _is_far_apart(problem: Problem) -> bool:
    """Tell whether taps or windows span far more than there is of the picture: mostly padding and gaps."""
    (rows, columns), (height, width) = problem.sliding.span, problem.sliding.input
    pixel = problem.groups * problem.channels * problem.dtype.itemsize
    return rows * columns > max(2 * height * width, SPAN_BYTES // pixel)


def _keeps_channels_apart(problem: Problem) -> bool:
    """Tell whether channels do not mix."""
    return problem.groups > 1 and problem.channels == 1


def _has_small_groups(problem: Problem) -> bool:
    """Tell whether there are groups of few channels, which would cost a call each, and no long rows to copy."""
    return problem.groups > 1 and problem.channels < SMALL_GROUP and not _has_long_runs(problem)


def _is_pointwise(problem: Problem) -> bool:
    """Tell whether the kernel has one tap, which no output meets padding with."""
    return problem.sliding.size == (1, 1) and max(problem.sliding.beyond) <= 0


def _is_small(problem: Problem) -> bool:
    """Tell whether there is so little work that calls count; a batch of such goes by products all the same."""
    return problem.macs <= SMALL


def _is_dense(problem: Problem) -> bool:
    """Tell whether all taps and windows are next to each other, along both axes."""
    sliding = problem.sliding
    return sliding.strides == sliding.dilation == (1, 1) and min(sliding.size) > 1


def _is_separable(problem: Problem) -> bool:
    """Tell whether a kernel is of rank one and worth taking apart.

    It always is if all weights of a channel are equal and one plane serves all filters (additions are cheaper than
    anything else), and from 5x5 on otherwise.
    """
    if not _is_dense(problem) or problem.channels > 16:
        return False
    from cnnviz.ops.convolution.separable import factor

    factors = factor(problem.kernel)
    if factors is None:
        return False
    is_sum = factors.mix.shape[1] == 1 and bool(np.all(factors.column == 1) and np.all(factors.row == 1))
    return is_sum or problem.kernel[..., 0, 0].size >= 25


def _has_many_channels(problem: Problem) -> bool:
    """Tell whether a 3x3 kernel has so many channels, and the picture so many tiles, that Winograd's turns pay.

    Both costs are counted in floating-point operations of a product. What memory takes was measured: copying what
    windows see, the tiles in their forms, reading a kernel of 36 numbers a channel and filter in place of 9, the calls.
    """
    sliding = problem.sliding
    if not _is_dense(problem) or sliding.size != (3, 3) or min(problem.channels, problem.filters) < 32:
        return False
    (rows, columns), channels, filters = sliding.output, problem.channels, problem.filters
    tiles = -(-rows // 4) * -(-columns // 4)
    turned = tiles * (90 * channels * filters + 7000 * channels + 5000 * filters)
    fixed = 1300 * channels * filters + 60_000_000 // problem.dtype.itemsize
    direct = rows * columns * channels * (18 * filters + 130)
    return turned + fixed < direct and _is_finite(problem)


def _shares_rows(problem: Problem) -> bool:
    """Tell whether output rows are long enough for products of their own, and share what they read."""
    rows, columns = problem.sliding
    shares = rows.dilation == 1 and rows.size > rows.stride and columns.output >= LONG_ROWS
    return shares and problem.groups == 1 and problem.kernel.nbytes <= KERNEL_BYTES


def _has_large_kernel(problem: Problem) -> bool:
    """Tell whether a kernel is so large that transforms pay.

    A transform costs the same for all sizes, once for every channel and filter, so it pays the earlier the more of both
    there are, and in float64, where products are slow and it is not.
    """
    sliding, (channels, filters) = problem.sliding, problem.kernel.shape[2:]
    if not _is_dense(problem) or channels * filters > 1024:
        return False
    single = problem.dtype.itemsize == 4
    least = (50 if single else 40) + (50 if single else 30) * (1 / channels + 1 / filters)
    (height, width), (rows, columns), span = sliding.size, sliding.output, sliding.span
    return height * width * rows * columns >= least * span[0] * span[1] and _is_finite(problem)


def _is_finite(problem: Problem) -> bool:
    """Tell whether all weights are finite: some ways would spread a NaN."""
    return bool(np.isfinite(problem.kernel).all())


_ORDER = (
    Way("rows", _is_far_apart),
    Way("depthwise", _keeps_channels_apart, takes_groups=True),
    Way("patches", _has_small_groups, takes_groups=True),
    Way("small", _is_small),
    Way("pointwise", _is_pointwise),
    Way("separable", _is_separable),
    Way("winograd", _has_many_channels, mixes=True),
    Way("fourier", _has_large_kernel, mixes=True),
    Way("rows", _has_long_runs),
    Way("lines", _shares_rows),
    Way("patches", lambda problem: True, takes_groups=True),
)

WAYS = {way.name: way for way in _ORDER}
"""Every way, by its name."""
