"""Batch, instance, layer and group normalisation, and that over neighbouring channels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.call import Call
from cnnviz.interchange.drafting.operators.activations import whole_axes


def batch_normalization(call: Call) -> Tensor:
    """BatchNormalization, as it is outside training."""
    if call.attribute("training_mode") or not call.attribute("spatial", 1):
        raise UnsayableError("it takes the statistics of the batch itself")
    x = call.tensor()
    if len(x.shape) < 2:
        raise UnsayableError("what it reads has no channels")
    if len(x.shape) == 4:
        axis = x.layout.axis_of(1)
        if axis is None:
            x = call.maps()
    elif len(x.shape) == 2:
        x = call.builder.as_vector(call.node, x)
    axis = x.layout.axis_of(1)
    if axis is None:
        raise UnsayableError("its channels were reshaped into others")
    fields: dict[str, Any] = {"epsilon": call.attribute("epsilon", 1e-5)}
    if axis != len(x.layout.axes) - 1:
        fields["axis"] = axis + 1
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {name: np.ravel(call.constant(place)) for place, name in enumerate(names, 1)}
    _need_lengths(weights, x.shape[1])
    if bool(np.any(weights["moving_variance"] < 0)):
        raise UnsayableError("it has negative variances")
    return call.emit("BatchNormalization", fields, x, weights=weights)


def instance_normalization(call: Call) -> Tensor:
    """InstanceNormalization: `GroupNormalization`, whose groups are what the file's axis 1 has of our channels."""
    x = call.tensor()
    if len(x.shape) < 3 or x.layout.order[0]:
        raise UnsayableError("what it reads has no maps")
    gamma, beta = (np.ravel(call.constant(place)) for place in (1, 2))
    _need_lengths({"gamma": gamma, "beta": beta}, x.shape[1])
    fields: dict[str, Any] = {"epsilon": call.attribute("epsilon", 1e-5)}
    channels, groups = x.layout.numbered[-1], x.layout.order[1]
    if len(x.layout.axes) != 3 or channels[: len(groups)] != groups:
        x = call.maps()
        channels, groups = x.layout.numbered[-1], x.layout.order[1]
    if channels == groups:
        return call.emit("GroupNormalization", {"groups": -1, **fields}, x, weights={"gamma": gamma, "beta": beta})
    if bool(np.any(gamma != 1) or np.any(beta)):
        each = x.layout.ours[2] // x.shape[1]
        weights = {"gamma": np.repeat(gamma, each), "beta": np.repeat(beta, each)}
        return call.emit("GroupNormalization", {"groups": x.shape[1], **fields}, x, weights=weights)
    return call.emit("GroupNormalization", {"groups": x.shape[1], **fields, "center": False, "scale": False}, x)


def group_normalization(call: Call) -> Tensor:
    """GroupNormalization; before opset 21 its weights were one per group."""
    x = call.maps()
    groups, channels = call.attribute("num_groups", 1), x.layout.ours[2]
    if groups < 1 or channels % groups:
        raise UnsayableError(f"its {groups} groups do not fit {channels} channels")
    gamma, beta = (np.ravel(call.constant(place)) for place in (1, 2))
    if call.node.opset < 21:
        gamma, beta = (
            np.repeat(array, channels // groups) if array.size == groups else array for array in (gamma, beta)
        )
    weights = {"gamma": gamma, "beta": beta}
    _need_lengths(weights, channels)
    fields = {"groups": groups, "epsilon": call.attribute("epsilon", 1e-5)}
    return call.emit("GroupNormalization", fields, x, weights=weights)


def layer_normalization(call: Call) -> Tensor:
    """LayerNormalization: over the last axes."""
    if any(name in call.graph.consumers for name in call.node.outputs[1:] if name):
        raise UnsayableError("its mean or deviation is asked for")
    x = call.tensor()
    rank = len(x.shape)
    first = call.axes(call.attribute("axis", -1), rank)[0]
    x, ours = whole_axes(call, x, range(first, rank))
    fields: dict[str, Any] = {"epsilon": call.attribute("epsilon", 1e-5)}
    if ours != (len(x.layout.axes),):
        fields["axis"] = ours[0] if len(ours) == 1 else list(ours)
    shape = x.shape[first:]
    weights: dict[str, NDArray[Any]] = {"gamma": _over(call.constant(1), shape, x, ours)}
    if call.has(2):
        weights["beta"] = _over(call.constant(2), shape, x, ours)
    else:
        fields["center"] = False
    return call.emit("LayerNormalization", fields, x, weights=weights)


def local_response_normalization(call: Call) -> Tensor:
    """LRN: `LocalResponseNormalization`."""
    fields = {
        "size": call.attribute("size"),
        "alpha": call.attribute("alpha", 0.0001),
        "beta": call.attribute("beta", 0.75),
        "bias": call.attribute("bias", 1.0),
    }
    return call.emit("LocalResponseNormalization", fields, call.maps())


def _over(array: NDArray[Any], shape: tuple[int, ...], x: Tensor, ours: tuple[int, ...]) -> NDArray[Any]:
    """Bring a weight over some of the file's axes to ours."""
    try:
        array = x.layout.arrange(np.broadcast_to(array, shape))
    except ValueError:
        raise UnsayableError(f"its weight {list(array.shape)} does not fit {list(shape)}") from None
    return array.reshape([x.layout.ours[axis - 1] for axis in ours])


def _need_lengths(weights: dict[str, NDArray[Any]], length: int) -> None:
    for name, array in weights.items():
        if array.size != length:
            raise UnsayableError(f"its {name} has {array.size} numbers for {length} channels")


OPERATORS = {
    "BatchNormalization": batch_normalization,
    "InstanceNormalization": instance_normalization,
    "GroupNormalization": group_normalization,
    "LayerNormalization": layer_normalization,
    "LRN": local_response_normalization,
}
