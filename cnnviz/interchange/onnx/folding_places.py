"""Constants in other shapes, orders and parts, worked out while reading."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.drafting.building import UnsayableError
from cnnviz.interchange.drafting.call import Call
from cnnviz.interchange.onnx.tensors import numpy_type

MOST_NUMBERS = 2**28
"""Numbers of one constant."""

Array = NDArray[Any]


def room(shape: Any) -> tuple[int, ...]:
    """Return a shape as plain numbers.

    Raises:
        UnsayableError: If it has too many numbers.
    """
    found = tuple(map(int, np.ravel(shape).tolist() if isinstance(shape, np.ndarray) else shape))
    if any(length < 0 for length in found) or prod(found) > MOST_NUMBERS or len(found) > 32:
        raise UnsayableError(f"it makes a constant of {list(found)}")
    return found


def _gather(call: Call) -> Array:
    data, indices = call.constant(0), call.constant(1).astype(np.int64)
    (axis,) = call.axes(call.attribute("axis", 0), data.ndim)
    room([*data.shape[:axis], *indices.shape, *data.shape[axis + 1 :]])
    if indices.size and (indices.min() < -data.shape[axis] or indices.max() >= data.shape[axis]):
        raise UnsayableError("it asks for places that there are not")
    return np.take(data, indices, axis)


def _slice(call: Call) -> Array:
    data = call.constant(0)
    starts, ends = (np.atleast_1d(call.argument(name, place)).tolist() for place, name in ((1, "starts"), (2, "ends")))
    axes, steps = call.argument("axes", 3), call.argument("steps", 4)
    axes = call.axes(range(len(starts)) if axes is None else axes, data.ndim)
    steps = [1] * len(starts) if steps is None else np.atleast_1d(steps).tolist()
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise UnsayableError("its starts, ends, axes and steps do not fit each other")
    cuts = [slice(None)] * data.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if step < 0 and end < -data.shape[axis]:
            end = None
        cuts[axis] = slice(start, end, step)
    return data[tuple(cuts)]


def _concat(call: Call) -> Array:
    arrays = [call.constant(place) for place in range(len(call.node.inputs))]
    room([sum(array.size for array in arrays)])
    return np.concatenate(arrays, call.axes(call.attribute("axis", 1), arrays[0].ndim)[0])


def _split(call: Call) -> list[Array]:
    data = call.constant(0)
    (axis,) = call.axes(call.attribute("axis", 0), data.ndim)
    count = len(call.node.outputs)
    parts = call.argument("split", 1)
    if parts is None:
        each = -(-data.shape[axis] // count)
        parts = [each] * count
    return np.split(data, np.cumsum(parts)[:-1], axis)


def _reshape(call: Call) -> Array:
    data = call.constant(0)
    target = [int(length) for length in np.ravel(call.argument("shape", 1, []))]
    if not call.attribute("allowzero"):
        target = [data.shape[n] if length == 0 and n < data.ndim else length for n, length in enumerate(target)]
    return data.reshape(target)


def _flatten(call: Call) -> Array:
    data = call.constant(0)
    axis = call.attribute("axis", 1)
    return data.reshape(prod(data.shape[: axis % (data.ndim + 1)]), -1)


def _transpose(call: Call) -> Array:
    data = call.constant(0)
    return data.transpose(call.axes(call.attribute("perm", range(data.ndim)[::-1]), data.ndim))


def _squeeze(call: Call) -> Array:
    data, axes = call.constant(0), call.argument("axes", 1)
    return data.squeeze(None if axes is None else call.axes(axes, data.ndim))


def _unsqueeze(call: Call) -> Array:
    data, axes = call.constant(0), np.atleast_1d(call.argument("axes", 1, []))
    return np.expand_dims(data, call.axes(axes, data.ndim + len(axes)))


def _cast(call: Call) -> Array:
    kind = numpy_type(call.attribute("to"))
    if kind is None:
        raise UnsayableError("it casts to an unknown type")
    with np.errstate(invalid="ignore", over="ignore"):
        return call.constant(0).astype(kind)


def _cast_like(call: Call) -> Array:
    return call.constant(0).astype(call.constant(1).dtype)


def _expand(call: Call) -> Array:
    data = call.constant(0)
    return np.broadcast_to(data, room(np.broadcast_shapes(data.shape, room(call.constant(1)))))


def _tile(call: Call) -> Array:
    data, repeats = call.constant(0), call.constant(1).tolist()
    room([length * max(count, 0) for length, count in zip(data.shape, repeats, strict=True)])
    return np.tile(data, repeats)


def _range(call: Call) -> Array:
    start, limit, delta = (np.asarray(call.constant(place)).item() for place in range(3))
    if not delta:
        raise UnsayableError("its step is zero")
    room([max(int(np.ceil((limit - start) / delta)), 0)])
    return np.asarray(np.arange(start, limit, delta), call.constant(0).dtype)


PLACES: dict[str, Callable[[Call], Array | list[Array]]] = {
    "Gather": _gather,
    "Slice": _slice,
    "Concat": _concat,
    "Split": _split,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Cast": _cast,
    "CastLike": _cast_like,
    "Expand": _expand,
    "Tile": _tile,
    "Range": _range,
}
"""From operator to function."""
