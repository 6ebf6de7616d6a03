"""Outputs whose windows hold zeros alone: dark backgrounds, and what no filter before answered to.

Nothing is added up there, so nothing can be rounded; ways that round by what lies beside a window leave a little.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution.problem import Array, Problem
from cnnviz.ops.convolution.window import copy_window


def keep_silence(problem: Problem, picture: Array, out: Array) -> None:
    """Set outputs whose windows hold zeros alone to the bias.

    Args:
        problem: A convolution, stride and dilation 1.
        picture: `(H, W, in)`.
        out: Its output, `(rows, columns, out)`; written to.
    """
    # Windows inside the picture have one of these pixels each, and those that reach beyond an edge one at that edge.
    rows, columns = (_some(length, size) for length, size in zip(picture.shape, problem.sliding.size, strict=False))
    is_heard = _is_loud(picture[np.ix_(rows, columns)]).all()
    if is_heard and max(problem.sliding.beyond) < min(problem.sliding.size):
        return
    loud = np.stack([_is_loud(line) for line in picture])
    out[~_in_windows(loud, problem)] = 0 if problem.bias is None else problem.bias


def _some(length: int, size: int) -> list[int]:
    """List every so manieth place, and the last."""
    return [*range(0, length - 1, size), length - 1]


def _is_loud(pixels: Array) -> NDArray[np.bool_]:
    """Tell which pixels, `(..., channels)`, are not zero; magnitudes do not vanish when they are added."""
    return np.asarray(np.einsum("...c->...", np.abs(pixels)) != 0)


def _in_windows(loud: NDArray[np.bool_], problem: Problem) -> NDArray[np.bool_]:
    """Tell which outputs see something loud, `(rows, columns)`; padding is silent."""
    (height, width), (rows, columns) = problem.sliding.size, problem.sliding.output
    read = np.empty((1, *problem.sliding.span, 1), np.bool_)
    copy_window(loud[None, ..., None], *problem.sliding.start, read)
    down = read[0, :rows, :, 0].copy()
    for tap in range(1, height):
        down |= read[0, tap : tap + rows, :, 0]
    along = down[:, :columns].copy()
    for tap in range(1, width):
        along |= down[:, tap : tap + columns]
    return along
