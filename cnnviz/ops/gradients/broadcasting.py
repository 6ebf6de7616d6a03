"""What goes back to an array that was stretched."""

from __future__ import annotations

import numpy as np

from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.reductions import reduce_axes


def sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Add up along the axes along which an array of a shape was stretched.

    Args:
        x: As many axes as `shape`.
        shape: A length of 1 for every axis to be summed up.

    Returns:
        The sums, in that shape.
    """
    return reduce_axes(np.add, x, [axis for axis in range(x.ndim) if shape[axis] != x.shape[axis]])
