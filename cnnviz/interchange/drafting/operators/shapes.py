"""Other shapes and orders of axes, which move no number, and what passes values through."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.call import Call, Value
from cnnviz.interchange.drafting.graph import FLOATING
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.wording import shape_text


def reshape(call: Call) -> Tensor:
    """Reshape."""
    x = call.tensor()
    target = [int(length) for length in np.ravel(call.argument("shape", 1, []))]
    if not call.attribute("allowzero"):
        target = [x.shape[n] if length == 0 and n < len(x.shape) else length for n, length in enumerate(target)]
    return reshaped(call, x, target)


def reshaped(call: Call, x: Tensor, target: list[int]) -> Tensor:
    """Return a tensor in another shape, one length of which may be -1.

    Raises:
        UnsayableError: If the values do not fill it.
    """
    size, known = prod(x.shape), prod(length for length in target if length != -1)
    if target.count(-1) == 1 and known > 0 and size % known == 0:
        target = [size // known if length == -1 else length for length in target]
    if prod(target) != size or min(target, default=1) < 1 or len(target) > 32:
        raise UnsayableError(f"it brings {shape_text(x.shape)} to {target}, which is another number of values")
    layout = x.layout.reshaped(target)
    if layout is None:
        x = call.builder.as_vector(call.node, x)
        row = x.layout.reshaped((1, size))
        layout = None if row is None else row.reshaped(target)
    if layout is None:
        raise UnsayableError(f"it brings {shape_text(x.shape)} to {target}, across axes")
    return Tensor(x.layer, layout)


def flatten(call: Call) -> Tensor:
    """Flatten."""
    x = call.tensor()
    rank = len(x.shape)
    axis = call.attribute("axis", 1)
    axis += rank if axis < 0 else 0
    return reshaped(call, x, [prod(x.shape[:axis]), prod(x.shape[axis:])])


def transpose(call: Call) -> Tensor:
    """Transpose."""
    x = call.tensor()
    rank = len(x.shape)
    axes = call.axes(call.attribute("perm", range(rank)[::-1]), rank)
    if len(axes) != rank:
        raise UnsayableError(f"its order of axes {list(axes)} does not fit {shape_text(x.shape)}")
    return Tensor(x.layer, x.layout.transposed(axes).tidy())


def squeeze(call: Call) -> Tensor:
    """Squeeze."""
    x = call.tensor()
    rank = len(x.shape)
    given = call.argument("axes", 1)
    axes = call.axes(given, rank) if given is not None else tuple(n for n in range(rank) if x.shape[n] == 1)
    if any(x.shape[axis] != 1 for axis in axes):
        raise UnsayableError(f"it drops the axes {list(axes)} of {shape_text(x.shape)}, which are longer than 1")
    order = tuple(row for axis, row in enumerate(x.layout.order) if axis not in axes)
    return Tensor(x.layer, Layout(x.layout.axes, order))


def unsqueeze(call: Call) -> Tensor:
    """Unsqueeze."""
    x = call.tensor()
    given = np.atleast_1d(call.argument("axes", 1, []))
    rank = len(x.shape) + len(given)
    axes = call.axes(given, rank)
    rows = iter(x.layout.order)
    return Tensor(x.layer, Layout(x.layout.axes, tuple(() if axis in axes else next(rows) for axis in range(rank))))


def passed(call: Call) -> Value | list[Value]:
    """Pass a value through."""
    return call.value(0)


def dropout(call: Call) -> Value:
    """Dropout, which outside training changes nothing."""
    if len(call.node.outputs) > 1 and call.node.outputs[1] in call.graph.consumers:
        raise UnsayableError("what it would drop is asked for")
    if call.has(2) and bool(np.any(call.constant(2))):
        raise UnsayableError("it drops values outside training, too (`training_mode`)")
    return call.value(0)


def cast(call: Call) -> Value:
    """Cast, from floating numbers to floating numbers."""
    if call.attribute("to") not in FLOATING:
        raise UnsayableError("it makes whole numbers of what a layer puts out")
    return call.tensor()


def cast_like(call: Call) -> Value:
    """CastLike, where both are of floating numbers."""
    x, like = call.value(0), call.value(1)
    if not isinstance(x, Tensor):
        return x.astype(np.float32)
    if not isinstance(like, Tensor) and like.dtype.kind != "f":
        raise UnsayableError("it makes whole numbers of what a layer puts out")
    return x


def expand(call: Call) -> Tensor:
    """Expand, where nothing is stretched."""
    x = call.tensor()
    target = [int(length) for length in np.ravel(call.constant(1))]
    try:
        shape = np.broadcast_shapes(x.shape, tuple(target))
    except ValueError:
        shape = ()
    if prod(shape) != prod(x.shape):
        raise UnsayableError(f"it stretches {shape_text(x.shape)} to {target}")
    return Tensor(x.layer, x.layout.widened(len(shape)))


def shape(call: Call) -> Value:
    """Shape: a constant."""
    lengths = np.array(call.tensor().shape, np.int64)
    return lengths[slice(call.attribute("start", 0), call.attribute("end"))]


def size(call: Call) -> Value:
    """Size: a constant."""
    return np.array(prod(call.tensor().shape), np.int64)


OPERATORS: dict[str, Any] = {
    "Reshape": reshape,
    "Flatten": flatten,
    "Transpose": transpose,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Identity": passed,
    "Dropout": dropout,
    "Cast": cast,
    "CastLike": cast_like,
    "Expand": expand,
    "Shape": shape,
    "Size": size,
}
