"""Groups of few channels each: all groups' patches are copied at once, and one batched product makes a block.

The patches of a block of output pixels lie side by side, group by group, so that each group's are a plain matrix; with
a kernel of one tap the picture itself is that already. The result's memory is height x width x channels.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from cnnviz.ops.bands import Band
from cnnviz.ops.convolution.patches import HAND_OUT, cut_into_blocks, is_pointwise, read_points, view_patches
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.convolution.scratch import borrow_scratch
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

BLOCK_BYTES = 1 << 20
"""How large the patches of a block may grow: they shall be in the second-level cache when the products read them."""


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: Any convolution in groups.

    Returns:
        The convolution; one call at a time.
    """
    rows, columns = problem.sliding.output
    groups, channels, share = problem.groups, problem.channels, problem.filters // problem.groups
    cut = cache(lambda count: list(cut_into_blocks(problem, count, BLOCK_BYTES)))
    matrices = np.ascontiguousarray(problem.kernel.reshape(-1, groups, share).swapaxes(0, 1))

    def convolve(x: Array) -> Array:
        count = len(x)
        out = empty((count, rows, columns, problem.filters), problem.dtype)

        def work(block: Band) -> None:
            part = out[block.first : block.last, block.top : block.bottom]
            with borrow_scratch() as scratch:
                if is_pointwise(problem):
                    patches = read_points(problem, x, block)
                else:
                    view = view_patches(problem, x, block, scratch)
                    apart = view.reshape(*view.shape[:5], groups, channels).transpose(0, 1, 2, 5, 3, 4, 6)
                    patches = scratch.array("patches", apart.shape, problem.dtype)
                    patches[...] = apart
                operand = patches.reshape(-1, groups, matrices.shape[1]).swapaxes(0, 1)
                np.matmul(operand, matrices, out=part.reshape(-1, groups, share).swapaxes(0, 1))
            if problem.bias is not None:
                part += problem.bias

        run_bands(work, cut(count), worthwhile=problem.macs * count >= HAND_OUT)
        return out

    return convolve
