"""PRelu, a slope per channel for what is negative."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.call import Call


def prelu(call: Call) -> Tensor:
    """PRelu: `PReLU`, or `LeakyReLU` of a single slope."""
    return with_slopes(call, call.tensor(), call.constant(1))


def with_slopes(call: Call, x: Tensor, slope: NDArray[Any]) -> Tensor:
    """Draft what multiplies negative values by slopes.

    Args:
        call: The node.
        x: The values.
        slope: In the file's axes.

    Raises:
        UnsayableError: If the slopes do not fit.
    """
    if slope.size == 1 and slope.item() >= 0:
        return call.emit("LeakyReLU", {"negative_slope": float(str(slope.ravel()[0]))}, x)
    try:
        np.broadcast_to(slope, x.shape)
    except ValueError:
        raise UnsayableError(f"its slopes {list(slope.shape)} do not fit") from None
    alpha = x.layout.arrange(slope)
    shared = [n for n, length in enumerate(alpha.shape, 1) if length == 1 and x.layout.ours[n - 1] > 1]
    fields: dict[str, Any] = {"shared_axes": shared} if shared else {}
    return call.emit("PReLU", fields, x, weights={"alpha": alpha})


OPERATORS = {"PRelu": prelu}
