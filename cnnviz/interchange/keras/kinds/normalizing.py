"""Layers that shift and scale values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.operators.activations import whole_axes
from cnnviz.interchange.drafting.operators.elementwise import operand
from cnnviz.interchange.keras.step import Step, constant
from cnnviz.layers.base import Array
from cnnviz.wording import shape_text

_SMALLEST = 1e-7
"""What Keras's `Normalization` divides by at least."""


def _axis(step: Step, x: Tensor) -> int:
    axis = step.fields.get("axis", -1)
    if isinstance(axis, list) and len(axis) == 1:
        axis = axis[0]
    if isinstance(axis, bool) or not isinstance(axis, int) or not axis % len(x.shape) >= 1:
        raise UnsayableError(f"its axis {axis!r:.50} is none of {shape_text(x.shape[1:])}")
    return axis % len(x.shape)


def _over_channels(kind: str, *left_out: str) -> Callable[[Step], Tensor]:
    def normalise(step: Step) -> Tensor:
        x = step.tensor
        axis = _axis(step, x)
        fields = step.taken(kind, "axis", *left_out)
        if len(x.shape) == 4:
            home = x.layout.axis_of(axis)
            if home is None:
                x, home = step.arranged(x, (*(other for other in (1, 2, 3) if other != axis), axis)), 2
            if home != 2:
                fields["axis"] = home + 1
            return step.emit(kind, fields, x, weights=step.weights(kind, fields, x))
        if len(x.shape) != 2:
            raise UnsayableError(f"it reads {shape_text(x.shape[1:])}, which is neither maps nor a vector")
        if len(x.layout.axes) > 1:
            x = step.natural(x)
        weights = step.weights(kind, fields, x)
        ours = {name: x.layout.arrange(array.reshape(1, -1)).ravel() for name, array in weights.items()}
        return step.emit(kind, fields, x, weights=ours)

    return normalise


_normalise_batch = _over_channels("BatchNormalization")


def _batch_normalization(step: Step) -> Tensor:
    if step.fields.get("mode"):
        raise UnsayableError("it normalises each example by itself (`mode`), as Keras 1 could")
    return _normalise_batch(step)


def _layer_normalization(step: Step) -> Tensor:
    if step.fields.get("rms_scaling"):
        raise UnsayableError("its `rms_scaling` is not available")
    x = step.tensor
    rank = len(x.shape)
    axis = step.fields.get("axis", -1)
    axes = sorted(number + rank if number < 0 else number for number in ([axis] if isinstance(axis, int) else axis))
    if not axes or axes[0] < 1 or axes[-1] >= rank:
        raise UnsayableError(f"its axes {axes} are none of {shape_text(x.shape[1:])}")
    fields = step.taken("LayerNormalization", "axis")
    x, ours = whole_axes(step.as_operator, x, axes)
    if ours != (len(x.layout.axes),):
        fields["axis"] = ours[0] if len(ours) == 1 else list(ours)
    names = [name for name, field in (("gamma", "scale"), ("beta", "center")) if step.fields.get(field, True)]
    shape = tuple(x.shape[number] for number in axes)
    stored = step.store.read(step.layer, dict.fromkeys(names, shape))
    weights = {
        name: _spread(array, x, axes, [x.layout.ours[axis - 1] for axis in ours]) for name, array in stored.items()
    }
    return step.emit("LayerNormalization", fields, x, weights=weights)


def _spread(array: Array, x: Tensor, axes: Sequence[int], shape: Sequence[int]) -> Array:
    """Bring a weight over some of the file's axes to ours."""
    full = array.reshape([length if axis in axes else 1 for axis, length in enumerate(x.shape)])
    return x.layout.arrange(full).reshape(shape)


def _rescaling(step: Step) -> Tensor:
    scale, offset = (constant(step.fields.get(name, default)) for name, default in (("scale", 1.0), ("offset", 0.0)))
    if scale is None or offset is None:
        raise UnsayableError("its scale or offset is no number")
    return _rescaled(step, step.tensor, scale, offset)


def _normalization(step: Step) -> Tensor:
    x = step.tensor
    rank = len(x.shape)
    axis = step.fields.get("axis", -1)
    given = [] if axis is None else [axis] if isinstance(axis, int) else list(axis)
    axes = [number + rank if number < 0 else number for number in given]
    shape = tuple(x.shape[number] for number in axes)
    if step.fields.get("mean") is not None:
        mean, variance = (constant(step.fields.get(name)) for name in ("mean", "variance"))
        if mean is None or variance is None:
            raise UnsayableError("its mean or variance is no number")
        mean, variance = (
            np.broadcast_to(array.reshape(array.shape[-len(shape) :] if shape else ()), shape)
            for array in (mean, variance)
        )
    else:
        stored = step.store.read(step.layer, {"mean": shape, "variance": shape}, ("count",))
        mean, variance = stored["mean"], stored["variance"]
    full = [length if number in axes else 1 for number, length in enumerate(x.shape)]
    mean, deviation = (
        array.astype(np.float64).reshape(full) for array in (mean, np.maximum(np.sqrt(variance), _SMALLEST))
    )
    if step.fields.get("invert"):
        return _rescaled(step, x, deviation, mean)
    return _rescaled(step, x, 1 / deviation, -mean / deviation)


def _rescaled(step: Step, x: Tensor, scale: np.ndarray[Any, Any], offset: np.ndarray[Any, Any]) -> Tensor:
    x, scale = operand(step.as_operator, x, scale)
    x, offset = operand(step.as_operator, x, offset)
    numbers = {name: [float(one) for one in array.ravel()] for name, array in (("scale", scale), ("offset", offset))}
    fields = {name: found[0] if len(set(found)) == 1 else found for name, found in numbers.items()}
    return step.emit("Rescaling", {"scale": fields["scale"]} if fields["offset"] == 0 else fields, x)


def _layer_scale(step: Step) -> Tensor:
    """LayerScale of ConvNeXt: one learned factor per channel."""
    x = step.natural(step.tensor)
    if len(x.layout.axes) != 3:
        raise UnsayableError(f"it reads {shape_text(x.shape[1:])}; maps are expected")
    channels = x.layout.ours[2]
    gamma = step.store.read(step.layer, {"gamma": (channels,)})["gamma"]
    fields = {"kernel_size": 1, "use_bias": False}
    comment = "LayerScale, as a depthwise convolution of one pixel"
    return step.emit("DepthwiseConv2D", fields, x, weights={"kernel": gamma.reshape(1, 1, -1, 1)}, comment=comment)


KINDS: dict[str, Callable[[Step], Tensor]] = {
    "BatchNormalization": _batch_normalization,
    "GroupNormalization": _over_channels("GroupNormalization"),
    "LayerNormalization": _layer_normalization,
    "Rescaling": _rescaling,
    "Normalization": _normalization,
    "LayerScale": _layer_scale,
}
