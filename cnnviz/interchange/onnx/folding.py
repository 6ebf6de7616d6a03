"""What does not depend on the picture, worked out while reading: the arithmetic of shapes, and of stored tensors."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.onnx.building import UnsayableError
from cnnviz.interchange.onnx.call import Call
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


def _ufunc(function: Callable[..., Array]) -> Callable[[Call], Array]:
    def fold(call: Call) -> Array:
        arrays = [call.constant(place) for place in range(len(call.node.inputs))]
        room(np.broadcast_shapes(*(array.shape for array in arrays)))
        out = arrays[0] if len(arrays) > 1 else function(arrays[0])
        for array in arrays[1:]:
            out = function(out, array)
        return out

    return fold


def _divide(first: Array, second: Array) -> Array:
    if first.dtype.kind == "f":
        return first / second
    if (second == 0).any():
        raise UnsayableError("it divides a whole number by zero")
    # ONNX rounds towards zero.
    quotient = np.abs(first) // np.abs(second) * np.sign(first) * np.sign(second)
    return np.asarray(quotient, first.dtype)


def _mod(call: Call) -> Array:
    first, second = call.constant(0), call.constant(1)
    room(np.broadcast_shapes(first.shape, second.shape))
    if (second == 0).any() and second.dtype.kind != "f":
        raise UnsayableError("it divides a whole number by zero")
    return np.asarray(np.fmod(first, second) if call.attribute("fmod") else np.mod(first, second))


def _power(first: Array, second: Array) -> Array:
    return np.power(first.astype(np.float64), second).astype(first.dtype)


def constant(call: Call) -> Array:
    """Constant."""
    for name in ("value", "value_float", "value_floats", "value_int", "value_ints"):
        value = call.attribute(name)
        if value is not None:
            if name == "value":
                return np.asarray(value)
            return np.asarray(value, np.float32 if "float" in name else np.int64)
    raise UnsayableError("its value is of no known type")


def _constant_of_shape(call: Call) -> Array:
    value = call.attribute("value")
    value = np.zeros(1, np.float32) if value is None else np.ravel(value)
    if value.size != 1:
        raise UnsayableError("its value is no single number")
    return np.full(room(call.constant(0)), value[0])


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


def _where(call: Call) -> Array:
    arrays = [call.constant(place) for place in range(3)]
    room(np.broadcast_shapes(*(array.shape for array in arrays)))
    return np.where(*arrays)


def _reduced(function: Callable[..., Array]) -> Callable[[Call], Array]:
    def fold(call: Call) -> Array:
        data, axes = call.constant(0), call.argument("axes", 1)
        if not axes and call.attribute("noop_with_empty_axes"):
            return data
        over = call.axes(axes, data.ndim) if axes else None
        return np.asarray(function(data, axis=over, keepdims=bool(call.attribute("keepdims", 1))), data.dtype)

    return fold


def _shape(call: Call) -> Array:
    lengths = np.array(call.constant(0).shape, np.int64)
    return lengths[slice(call.attribute("start", 0), call.attribute("end"))]


def _dequantized(call: Call) -> Array:
    data, scale = call.constant(0), call.constant(1)
    zero = call.constant(2) if call.has(2) else np.zeros((), data.dtype)
    if scale.ndim == 1 and scale.size > 1:
        axis = call.axes(call.attribute("axis", 1), data.ndim)[0]
        shape = [-1 if n == axis else 1 for n in range(data.ndim)]
        scale, zero = scale.reshape(shape), zero.reshape(shape) if zero.ndim else zero
    return np.asarray((data.astype(np.int32) - zero.astype(np.int32)).astype(scale.dtype) * scale)


def _passed(call: Call) -> Array:
    return call.constant(0)


FOLDED: dict[str, Callable[[Call], Array | list[Array]]] = {
    "Constant": constant,
    "ConstantOfShape": _constant_of_shape,
    "Identity": _passed,
    "Dropout": _passed,
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
    "Where": _where,
    "Shape": _shape,
    "Size": lambda call: np.array(call.constant(0).size, np.int64),
    "DequantizeLinear": _dequantized,
    "Mod": _mod,
    "Add": _ufunc(np.add),
    "Sub": _ufunc(np.subtract),
    "Mul": _ufunc(np.multiply),
    "Div": _ufunc(_divide),
    "Pow": _ufunc(_power),
    "Min": _ufunc(np.minimum),
    "Max": _ufunc(np.maximum),
    "Sum": _ufunc(np.add),
    "Equal": _ufunc(np.equal),
    "Less": _ufunc(np.less),
    "LessOrEqual": _ufunc(np.less_equal),
    "Greater": _ufunc(np.greater),
    "GreaterOrEqual": _ufunc(np.greater_equal),
    "And": _ufunc(np.logical_and),
    "Or": _ufunc(np.logical_or),
    "Not": _ufunc(np.logical_not),
    "Neg": _ufunc(np.negative),
    "Abs": _ufunc(np.abs),
    "Floor": _ufunc(np.floor),
    "Ceil": _ufunc(np.ceil),
    "Round": _ufunc(np.rint),
    "Sqrt": _ufunc(np.sqrt),
    "Exp": _ufunc(np.exp),
    "Log": _ufunc(np.log),
    "Reciprocal": _ufunc(np.reciprocal),
    "ReduceSum": _reduced(np.sum),
    "ReduceMean": _reduced(np.mean),
    "ReduceProd": _reduced(np.prod),
    "ReduceMax": _reduced(np.max),
    "ReduceMin": _reduced(np.min),
}
"""From operator to function, for nodes that read constants alone."""
