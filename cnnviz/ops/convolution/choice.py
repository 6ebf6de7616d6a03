"""Which way a convolution goes: by shape, dtype and kernel alone, never by timing or the number of threads.

The crossovers were measured with OpenBLAS's AVX2 code; where a processor has more, products come out a little ahead of
where these rules expect them, and nothing is lost but some of that gain.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np

from cnnviz.ops.convolution.problem import Problem, Run

WAYS = ("rows", "patches", "depthwise", "separable", "fourier", "winograd", "small")

SPAN_BYTES = 1 << 22
"""What all windows together span may be laid out up to this size, or if it is not much more than the picture."""
MIXING = ("fourier", "winograd")
"""Ways that turn tiles as a whole into sums and back, so that rounding errors spread over a tile."""

SMALL = 400_000
"""Up to so many multiply-accumulates, a picture alone is better done with few calls than with fast ones."""


def choose(problem: Problem, groups: int) -> str:
    """Choose a way.

    - `rows` where taps or windows lie so far apart that all that they span would be mostly padding and gaps.
    - `depthwise` where channels do not mix.
    - `small` for so little work that calls count; a batch of such goes by `rows` or `patches`.
    - `separable` for kernels of rank one: always if all weights of a channel are equal and one plane serves all
      filters (additions are cheaper than anything else), from 5x5 on otherwise.
    - `winograd` for 3x3 with many channels on pictures large enough to pay for turning the kernel, also just once.
    - `fourier` for large kernels: a transform costs the same for all sizes, once for every channel and filter, so it
      pays the earlier the more of both there are, and in float64, where products are slow and it is not.
    - `rows` for few channels and long rows, `patches` for the rest.

    Args:
        problem: The convolution.
        groups: Blocks of channels that do not see each other.

    Returns:
        One of `WAYS`.
    """
    is_depthwise = groups > 1 and problem.channels == 1
    if _is_far_apart(problem, groups):
        return "rows"
    if is_depthwise:
        return "depthwise"
    if problem.macs <= SMALL:
        return "small"
    sliding = problem.sliding
    (rows, columns), (height, width) = sliding.output, sliding.size
    channels, filters = problem.channels, problem.filters
    if sliding.strides == sliding.dilation == (1, 1) and min(height, width) > 1 and _is_finite(problem):
        if channels <= 16 and _is_separable(problem):
            return "separable"
        if height == width == 3 and min(channels, filters) >= 32 and -(-rows // 4) * -(-columns // 4) >= 16:
            return "winograd"
        single = problem.dtype.itemsize == 4
        least = (50 if single else 40) + (50 if single else 30) * (1 / channels + 1 / filters)
        read = sliding.span[0] * sliding.span[1]
        if channels * filters <= 1024 and height * width * rows * columns >= least * read:
            return "fourier"
    return _by_products(problem)


def mixes(problem: Problem, groups: int) -> bool:
    """Tell whether a convolution rounds by what lies beyond the windows: it works on tiles as a whole.

    Args:
        problem: The convolution of one group, but with the filters of all.
        groups: Blocks of channels that do not see each other.
    """
    share = problem.filters // groups
    if groups > 1 and problem.channels == 1:
        return False
    parts = (problem.kernel[..., first : first + share] for first in range(0, problem.filters, share))
    return any(choose(problem._replace(kernel=part), 1) in MIXING for part in parts)


def prepare(way: str, problem: Problem) -> Run:
    """Prepare a convolution by a way named in `WAYS`, whose module is imported only now."""
    if way == "small":
        from cnnviz.ops.convolution import small

        return small.prepare(problem, prepare(_by_products(problem), problem))
    module = import_module(f"cnnviz.ops.convolution.{way}")
    run: Run = module.prepare(problem)
    return run


def _by_products(problem: Problem) -> str:
    """Choose between rows and patches: which is copied in longer runs."""
    channels, columns = problem.channels, problem.sliding.columns.output
    if problem.sliding.size != (1, 1) and (channels < 4 or (channels <= 24 and columns >= 48)):
        return "rows"
    return "patches"


def _is_far_apart(problem: Problem, groups: int) -> bool:
    """Tell whether the windows span far more than there is of the picture."""
    (rows, columns), (height, width) = problem.sliding.span, problem.sliding.input
    pixel = groups * problem.channels * problem.dtype.itemsize
    return rows * columns > max(2 * height * width, SPAN_BYTES // pixel)


def _is_finite(problem: Problem) -> bool:
    """Tell whether all weights are finite: some ways would spread a NaN."""
    return bool(np.isfinite(problem.kernel).all())


def _is_separable(problem: Problem) -> bool:
    """Tell whether a kernel is of rank one and worth taking apart."""
    from cnnviz.ops.convolution.separable import factor

    factors = factor(problem.kernel)
    if factors is None:
        return False
    is_sum = factors.mix.shape[1] == 1 and bool(np.all(factors.column == 1) and np.all(factors.row == 1))
    return is_sum or problem.kernel[..., 0, 0].size >= 25
