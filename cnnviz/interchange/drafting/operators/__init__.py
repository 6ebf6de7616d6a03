"""What ONNX's operators become: one file per family, each with a table from operator to function."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.interchange.drafting.call import Call, Value
from cnnviz.interchange.drafting.operators import (
    activations,
    convolutions,
    elementwise,
    moving,
    normalizations,
    pooling,
    products,
    reductions,
    resizing,
    shapes,
    slopes,
)

Operator = Callable[[Call], Value | list[Value]]

OPERATORS: dict[str, Operator] = {
    **activations.OPERATORS,
    **convolutions.OPERATORS,
    **elementwise.OPERATORS,
    **moving.OPERATORS,
    **normalizations.OPERATORS,
    **pooling.OPERATORS,
    **products.OPERATORS,
    **reductions.OPERATORS,
    **resizing.OPERATORS,
    **shapes.OPERATORS,
    **slopes.OPERATORS,
}
"""From operator to function; each takes a call and returns what the node's outputs become."""
