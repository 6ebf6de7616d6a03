"""Two-dimensional convolution (cross-correlation, as in every deep-learning framework).

Several ways compute the same; `choice.py` says which is taken when.
"""

from __future__ import annotations

import numpy as np

from cnnviz.ops.convolution.choice import prepare
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
    problem = Problem(kernel, bias, sliding, groups)
    return prepare(problem.trimmed() if _way is None else problem, _way)
