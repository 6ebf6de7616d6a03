"""The tests' own loops over pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.contenders.network import Activation, Conv, Pool, Work
from tests.helpers import reference


def is_possible(work: Work) -> bool:
    """Tell whether the loops have all layers, and end within minutes."""
    known = all(
        (isinstance(layer, Conv) and not layer.same and layer.strides == layer.groups == 1)
        or (isinstance(layer, Pool) and layer.kind == "max")
        or (isinstance(layer, Activation) and layer.name == "relu")
        for layer in work.layers
    )
    return known and sum(layer.kernel.size for layer in work.layers if isinstance(layer, Conv)) * work.x.size < 1e8


def make(work: Work) -> Callable[[], list[Any]]:
    """Make the loops ready."""

    def run() -> list[Any]:
        outs = [work.x[0]]
        for layer in work.layers:
            match layer:
                case Conv(kernel):
                    outs.append(reference.convolution(outs[-1], kernel))
                case Pool(size):
                    outs.append(reference.max_pooling(outs[-1], (size, size), (size, size)))
                case Activation():
                    outs.append(np.maximum(outs[-1], 0))
        return outs

    return run
