"""What does not depend on the picture, worked out while reading: the arithmetic of shapes, and of stored tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.drafting.building import UnsayableError
from cnnviz.interchange.drafting.call import Call
from cnnviz.interchange.onnx.folding_places import PLACES, room

Array = NDArray[Any]


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
    **PLACES,
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
