"""Arithmetic of several tensors, value by value, and with constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.drafting.building import INPUT, Tensor, UnsayableError
from cnnviz.interchange.drafting.call import Call, Value, number
from cnnviz.interchange.drafting.joining import joined
from cnnviz.interchange.drafting.operators.activations import clipped

_BIASED = ("Conv2D", "DepthwiseConv2D", "Conv2DTranspose", "Dense")
_NORMALIZED = ("LayerNormalization", "GroupNormalization")


WithConstant = Callable[[Call, Tensor, NDArray[Any], bool], Tensor]
"""What an operator of two becomes where one is a constant; the last argument tells whether that is the first."""


def _of_two(kind: str, with_constant: WithConstant) -> Callable[[Call], Tensor]:
    """Return the function of an operator of two: the merging kind, or what a constant makes of the other."""

    def combine(call: Call) -> Tensor:
        first, second = call.value(0), call.value(1)
        if isinstance(first, Tensor) and not isinstance(second, Tensor):
            return with_constant(call, first, second, False)
        if isinstance(second, Tensor) and not isinstance(first, Tensor):
            return with_constant(call, second, first, True)
        return merged(call, kind)

    return combine


def _added(call: Call, x: Tensor, constant: NDArray[Any], first: bool) -> Tensor:
    """Draft a constant as the bias of the layer before, or `Rescaling`."""
    x, offset = operand(call, x, constant)
    return _with_bias(call, x, offset) or rescaled(call, x, None, offset)


def _subtracted(call: Call, x: Tensor, constant: NDArray[Any], first: bool) -> Tensor:
    if not first:
        return _added(call, x, -constant, False)
    x, offset = operand(call, x, constant)
    return rescaled(call, x, np.full_like(offset, -1), offset)


def _multiplied(call: Call, x: Tensor, constant: NDArray[Any], first: bool) -> Tensor:
    """Draft a constant as the scale of the normalisation before, or `Rescaling`."""
    x, scale = operand(call, x, constant)
    return _with_gamma(call, x, scale) or rescaled(call, x, scale, None)


def _divided(call: Call, x: Tensor, constant: NDArray[Any], first: bool) -> Tensor:
    if first:
        reciprocal = call.builder.emit(call.node, "Activation", {"activation": "reciprocal"}, x)
        x, scale = operand(call, reciprocal, constant)
        return (
            call.emit("Activation", {"activation": "reciprocal"}, x)
            if _all(scale, 1)
            else rescaled(call, x, scale, None)
        )
    if bool(np.any(constant == 0)):
        raise UnsayableError("it divides by zero")
    x, scale = operand(call, x, np.reciprocal(constant.astype(np.float64)))
    return rescaled(call, x, scale, None)


def power(call: Call) -> Tensor:
    """Pow with a constant exponent: `Power`."""
    exponent = number(call.constant(1))
    if exponent is None:
        raise UnsayableError("its exponent is no single number")
    return call.emit("Power", {"exponent": exponent}, call.tensor())


def extreme(kind: str) -> Callable[[Call], Value]:
    """Return the function of Max or Min: the merging kind, or for a number what clips there."""

    def pick(call: Call) -> Value:
        values = [call.value(place) for place in range(len(call.node.inputs))]
        tensors = [value for value in values if isinstance(value, Tensor)]
        limits = [number(value) for value in values if not isinstance(value, Tensor)]
        if any(limit is None for limit in limits):
            raise UnsayableError("one of its inputs is a constant of several numbers")
        known = [limit for limit in limits if limit is not None]
        x = tensors[0]
        if len(tensors) > 1:
            x = merged(call, kind, tensors)
        if not known:
            return x
        return clipped(call, x, max(known), None) if kind == "Maximum" else clipped(call, x, None, min(known))

    return pick


def several(kind: str) -> Callable[[Call], Value]:
    """Return the function of an operator of any number of inputs."""

    def merge(call: Call) -> Value:
        tensors = [call.tensor(place) for place in range(len(call.node.inputs))]
        return tensors[0] if len(tensors) == 1 else merged(call, kind, tensors)

    return merge


def merged(call: Call, kind: str, tensors: list[Tensor] | None = None) -> Tensor:
    """Draft a merging layer over all inputs, or some."""
    tensors = tensors or [call.tensor(place) for place in range(len(call.node.inputs))]
    brought, layout = joined(call.builder, call.node, tensors)
    return call.emit(kind, {}, *brought, layout=layout)


def operand(call: Call, x: Tensor, constant: NDArray[Any]) -> tuple[Tensor, NDArray[Any]]:
    """Bring a constant to one number, or one per channel of ours; to as many axes as ours have where places differ.

    Raises:
        UnsayableError: If it stretches the tensor, or does not fit.
    """
    if constant.size == 1:
        rank = max(len(x.shape), constant.ndim)
        return Tensor(x.layer, x.layout.widened(rank)), constant.reshape(())
    try:
        shape = np.broadcast_shapes(x.shape, constant.shape)
    except ValueError:
        raise UnsayableError(
            f"its constant of {list(constant.shape)} does not fit {list(x.shape)}: it is for pictures of another size, "
            "which --input-size may say"
        ) from None
    if np.prod(shape) != np.prod(x.shape):
        raise UnsayableError(f"its constant of {list(constant.shape)} stretches what a layer puts out")
    x = Tensor(x.layer, x.layout.widened(len(shape)))
    array = x.layout.arrange(constant)
    if any(length > 1 for length in array.shape[:-1]):
        same = array[(0,) * (array.ndim - 1)]
        if not (array == same).all():
            return x, array
        array = same
    return x, array.ravel() if array.size > 1 else array.reshape(())


def rescaled(call: Call, x: Tensor, scale: NDArray[Any] | None, offset: NDArray[Any] | None) -> Tensor:
    """Draft a `Rescaling`, `ElementwiseAffine` where places differ; nothing where it changes nothing."""
    if (scale is None or _all(scale, 1)) and (offset is None or _all(offset, 0)):
        return x
    if any(array is not None and array.ndim > 1 for array in (scale, offset)):
        return _by_place(call, x, scale, offset)
    fields = {"scale": 1.0 if scale is None else _numbers(scale)}
    if offset is not None and not _all(offset, 0):
        fields["offset"] = _numbers(offset)
    return call.emit("Rescaling", fields, x)


def _by_place(call: Call, x: Tensor, scale: NDArray[Any] | None, offset: NDArray[Any] | None) -> Tensor:
    weights = {name: array for name, array in (("gamma", scale), ("beta", offset)) if array is not None}
    (shape,) = {array.shape for array in weights.values()}
    shared = [n for n, length in enumerate(shape, 1) if length == 1 and x.layout.ours[n - 1] > 1]
    fields: dict[str, Any] = {"shared_axes": shared} if shared else {}
    fields |= {field: False for field, name in (("scale", "gamma"), ("center", "beta")) if name not in weights}
    return call.emit("ElementwiseAffine", fields, x, weights=weights)


def _numbers(array: NDArray[Any]) -> Any:
    """Write one number, or one per channel, as they read in their own type."""
    flat = [float(str(one)) for one in array.ravel()]
    return flat[0] if len(set(flat)) == 1 else flat


def _all(array: NDArray[Any], value: float) -> bool:
    return bool((array == value).all())


def _with_bias(call: Call, x: Tensor, offset: NDArray[Any]) -> Tensor | None:
    """Give the offset to the layer before as its bias, if it can have one and has none."""
    if x.layer == INPUT or offset.ndim > 1:
        return None
    draft = call.builder.drafts[x.layer]
    fields = dict(draft.fields)
    if draft.kind in _BIASED and fields.get("use_bias") is False:
        del fields["use_bias"]
        name = "bias"
    elif draft.kind in _NORMALIZED and fields.get("center") is False and fields.get("axis", -1) == -1:
        del fields["center"]
        name = "beta"
    else:
        return None
    length = x.layout.ours[-1]
    return _again(call, x, fields, {**draft.weights, name: np.broadcast_to(offset, (length,))})


def _with_gamma(call: Call, x: Tensor, scale: NDArray[Any]) -> Tensor | None:
    """Give the scale to the normalisation before, if it has neither scale nor offset."""
    if x.layer == INPUT or scale.ndim > 1:
        return None
    draft = call.builder.drafts[x.layer]
    fields = dict(draft.fields)
    bare = fields.get("scale") is False and fields.get("center") is False and fields.get("axis", -1) == -1
    if draft.kind not in _NORMALIZED or not bare:
        return None
    del fields["scale"]
    return _again(call, x, fields, {"gamma": np.broadcast_to(scale, (x.layout.ours[-1],))})


def _again(call: Call, x: Tensor, fields: dict[str, Any], weights: dict[str, NDArray[Any]]) -> Tensor:
    """Draft the layer before once more with what was added; it goes where nothing else reads it."""
    draft = call.builder.drafts[x.layer]
    return call.builder.add(
        replace(
            draft,
            fields=fields,
            weights={name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()},
            layout=x.layout,
            source=call.output,
        )
    )


OPERATORS: dict[str, Any] = {
    "Add": _of_two("Add", _added),
    "Sub": _of_two("Subtract", _subtracted),
    "Mul": _of_two("Multiply", _multiplied),
    "Div": _of_two("Divide", _divided),
    "Pow": power,
    "Max": extreme("Maximum"),
    "Min": extreme("Minimum"),
    "Sum": several("Add"),
    "Mean": several("Average"),
}
