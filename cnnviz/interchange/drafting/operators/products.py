"""Products with stored matrices: Dense."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.call import Call
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.placing import vector
from cnnviz.wording import shape_text


def gemm(call: Call) -> Tensor:
    """Gemm: `Dense`."""
    x, matrix = call.tensor(), call.constant(1)
    if call.attribute("transA"):
        raise UnsayableError("it turns its first input over (`transA`)")
    if call.attribute("transB"):
        matrix = matrix.T
    alpha, beta = call.attribute("alpha", 1.0), call.attribute("beta", 1.0)
    matrix = matrix if alpha == 1 else matrix * matrix.dtype.type(alpha)
    bias = None
    if call.has(2):
        bias = call.constant(2)
        bias = bias if beta == 1 else bias * bias.dtype.type(beta)
        if bias.size not in (1, matrix.shape[1]):
            raise UnsayableError(f"its bias {list(bias.shape)} is not one number per unit")
        bias = np.broadcast_to(bias.ravel(), matrix.shape[1:])
    return dense(call, x, matrix, bias)


def matrix_product(call: Call) -> Tensor:
    """MatMul with a stored matrix on the right: `Dense`, on maps over their channels."""
    matrix = call.constant(1)
    if matrix.ndim != 2:
        raise UnsayableError(f"its matrix {list(matrix.shape)} has other than two axes")
    return dense(call, call.tensor(0), matrix, None)


def dense(call: Call, x: Tensor, matrix: NDArray[Any], bias: NDArray[Any] | None) -> Tensor:
    """Draft a `Dense` over the last axis of the file's.

    Args:
        call: The node.
        x: What is weighed.
        matrix: Inputs x units.
        bias: One number per unit.
    """
    if matrix.ndim != 2 or not matrix.size or x.shape[-1] != matrix.shape[0]:
        raise UnsayableError(f"its matrix {list(matrix.shape)} does not fit an input of {shape_text(x.shape)}")
    last = x.layout.order[-1]
    if len(x.shape) == 2 and not x.layout.order[0]:
        rows = x.layout.arrange(np.arange(matrix.shape[0]).reshape(1, -1)).ravel()  # the file's rows, in our order
        x = call.builder.arrange(call.node, x, (tuple(sorted(last)),))
        matrix = matrix if (rows == np.arange(len(rows))).all() else matrix[rows]
        layout = vector(matrix.shape[1])
    else:
        if x.layout.numbered[-1] != last:
            rest = [row for row in x.layout.order[:-1] if row]
            if len(rest) > 2:
                raise UnsayableError(f"it reads {shape_text(x.shape)}, more axes than a layer has")
            x = call.builder.arrange(call.node, x, (*(*((), ()), *rest)[-2:], last))
        layout = _with_units(x.layout, matrix.shape[1])
    fields: dict[str, Any] = {"units": matrix.shape[1]}
    weights = {"kernel": matrix}
    if bias is None:
        fields["use_bias"] = False
    else:
        weights["bias"] = bias
    return call.emit("Dense", fields, x, layout=layout, weights=weights)


def _with_units(layout: Layout, units: int) -> Layout:
    """Return a layout with other factors in the last axis of both tensors."""
    bare = layout.without([len(layout.order) - 1], keep=True)
    if units == 1:
        return bare
    number = len(bare.lengths)
    return Layout((*bare.axes[:-1], (units,)), (*bare.order[:-1], (number,)))


OPERATORS = {"Gemm": gemm, "MatMul": matrix_product}
