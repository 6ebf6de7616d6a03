"""Maps as vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.memory import empty


def flatten(x: NDArray[Any]) -> NDArray[Any]:
    """Lay every item of a batch out as one vector: row by row, pixel by pixel, channel by channel.

    Where the batch lies innermost in memory, as convolutions of small pictures leave it, it stays so: only long runs
    are copied.

    Args:
        x: `(N, H, W, C)` or `(N, values)`.

    Returns:
        `(N, values)`; a view where that is possible.
    """
    if x.ndim == 2 or x.strides[0] != x.itemsize:
        return x.reshape(len(x), -1)
    out = empty((*x.shape[1:], len(x)), x.dtype)
    out[...] = np.moveaxis(x, 0, -1)
    return out.reshape(-1, len(x)).T
