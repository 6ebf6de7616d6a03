"""Two-dimensional convolution (cross-correlation, as in every deep-learning framework).

Several ways compute the same; `choice.py` says which is taken when.
"""

from __future__ import annotations

import numpy as np

from cnnviz.ops.convolution.choice import choose, prepare
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.sliding import Sliding

__all__ = ["plan_convolution"]


def plan_convolution(
    kernel: Array, bias: Array | None, sliding: Sliding, groups: int = 1, *, _way: str | None = None
) -> Run:
    """Prepare a convolution for inputs of one shape.

    Args:
        kernel: `(kernel height, kernel width, in / groups, out)`, in the dtype of the arithmetic.
        bias: `(out,)`, or None.
        sliding: How the kernel slides over the maps.
        groups: Blocks of channels that do not see each other.
        _way: For tests: the way to take instead of the best one.

    Returns:
        A function of `(N, H, W, in)` to a new array `(N, OH, OW, out)` whose memory may be in another order. The
        function keeps scratch memory: only one call may run at a time. The array belongs to the caller.
    """
    if bias is not None and not np.any(bias):
        bias = None
    problem = Problem(kernel, bias, sliding)
    if _way is None:
        problem = problem.trimmed()
    way = _way or choose(problem, groups)
    if groups == 1 or way == "depthwise":
        return prepare(way, problem)
    return _grouped(problem, groups, _way)


def _grouped(problem: Problem, groups: int, way: str | None) -> Run:
    """Prepare a convolution whose channels come in groups: one after the other."""
    share = problem.filters // groups
    runs: list[Run] = []
    for g in range(groups):
        mine = slice(g * share, (g + 1) * share)
        bias = None if problem.bias is None else problem.bias[mine]
        part = problem._replace(kernel=np.ascontiguousarray(problem.kernel[..., mine]), bias=bias)
        runs.append(prepare(way or choose(part, 1), part))

    def convolve(x: Array) -> Array:
        channels = problem.channels
        parts = [run(x[..., g * channels : (g + 1) * channels]) for g, run in enumerate(runs)]
        return np.concatenate(parts, axis=3)

    return convolve
