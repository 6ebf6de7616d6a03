"""Which way a convolution goes: by shape, dtype and kernel alone, never by timing."""

from __future__ import annotations

from importlib import import_module

from cnnviz.ops.convolution.problem import Problem, Run
from cnnviz.ops.convolution.separable import factor

WAYS = ("rows", "patches", "taps", "separable", "fourier")

FEW_CHANNELS = 16
"""Up to this many input channels, copying patches pixel by pixel costs more than copying rows."""


def choose(problem: Problem, groups: int) -> str:
    """Choose a way.

    - Channels that do not mix go tap by tap.
    - Few channels go by rows of planes.
    - Many channels go by patches.

    Args:
        problem: The convolution.
        groups: Blocks of channels that do not see each other.

    Returns:
        One of `WAYS`.
    """
    if groups > 1 and problem.channels == 1:
        return "taps"
    if problem.size[0] > 1 and problem.size[1] > 1 and problem.strides == (1, 1):
        factors = factor(problem.kernel)
        if factors is not None and factors.mix.shape[1] == 1:
            return "separable"
    area = problem.size[0] * problem.size[1]
    if area >= 100 and problem.strides == (1, 1) and problem.channels * problem.filters <= 64:
        return "fourier"
    if problem.channels <= FEW_CHANNELS and problem.size != (1, 1):
        return "rows"
    return "patches"


def prepare(way: str, problem: Problem) -> Run:
    """Prepare a convolution by a way named in `WAYS`, whose module is imported only now."""
    module = import_module(f"cnnviz.ops.convolution.{way}")
    run: Run = module.prepare(problem)
    return run
