"""Conv and ConvTranspose."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.drafting.building import Tensor, UnsayableError, output_shape
from cnnviz.interchange.drafting.call import Call
from cnnviz.interchange.drafting.operators.windows import padding, pair, short, sides_of, two
from cnnviz.interchange.drafting.placing import maps


def convolution(call: Call) -> Tensor:
    """Conv: `Conv2D`, or `DepthwiseConv2D` where every channel has filters of its own."""
    x, kernel = call.maps(), _kernel(call)
    rows, columns, channels = x.layout.ours
    filters, seen, *size = kernel.shape
    groups = call.attribute("group", 1)
    if seen * groups != channels or filters % groups:
        raise UnsayableError(f"its kernel {list(kernel.shape)} in {groups} groups does not fit {channels} channels")
    strides, dilations = two(call, "strides"), two(call, "dilations")
    fields: dict[str, Any] = {"kernel_size": pair(size)}
    if set(strides) != {1}:
        fields["strides"] = pair(strides)
    if (edges := padding(call, (rows, columns), size, strides, dilations)) != "valid":
        fields["padding"] = edges
    if set(dilations) != {1}:
        fields["dilation_rate"] = pair(dilations)
    if groups == channels > 1:
        kind, own = "DepthwiseConv2D", {"depth_multiplier": filters // groups} if filters > groups else {}
        array = kernel.reshape(channels, filters // groups, *size).transpose(2, 3, 0, 1)
    else:
        kind, own = "Conv2D", {"filters": filters} | ({"groups": groups} if groups > 1 else {})
        array = kernel.transpose(2, 3, 1, 0)
    return _emit(call, x, kind, own | fields, array)


def transposed_convolution(call: Call) -> Tensor:
    """ConvTranspose: `Conv2DTranspose`."""
    x, kernel = call.maps(), _kernel(call)
    channels, own, *size = kernel.shape
    groups = call.attribute("group", 1)
    if channels != x.layout.ours[2] or channels % groups:
        raise UnsayableError(
            f"its kernel {list(kernel.shape)} in {groups} groups does not fit {x.layout.ours[2]} channels"
        )
    strides, dilations = two(call, "strides"), two(call, "dilations")
    extra = two(call, "output_padding", (0, 0))
    fields: dict[str, Any] = {"filters": own * groups, "kernel_size": pair(size)}
    if set(strides) != {1}:
        fields["strides"] = pair(strides)
    if set(dilations) != {1}:
        fields["dilation_rate"] = pair(dilations)
    if groups > 1:
        fields["groups"] = groups
    cut = sides_of(call.attribute("pads", (0, 0, 0, 0)))
    automatic = call.attribute("auto_pad", "NOTSET")
    wanted = call.attribute("output_shape")
    if wanted is not None or automatic.startswith("SAME"):
        cut = []
        goal = (
            list(wanted[-2:])
            if wanted is not None
            else [n * s for n, s in zip(x.layout.ours[:2], strides, strict=True)]
        )
        for axis in (0, 1):
            whole = strides[axis] * (x.layout.ours[axis] - 1) + extra[axis] + dilations[axis] * (size[axis] - 1) + 1
            total = whole - goal[axis]
            small, large = total // 2, total - total // 2
            cut += [small, large] if automatic == "SAME_UPPER" else [large, small]
        if min(cut) < 0:
            raise UnsayableError(f"it pads what is stamped to reach {goal[0]} x {goal[1]}")
    # Keras's `valid` fills up to the stride; numbers are cut off as ONNX has it.
    gaps = any(dilations[axis] * (size[axis] - 1) + 1 < strides[axis] for axis in (0, 1))
    if any(cut) or any(extra) or gaps:
        fields["padding"] = short(cut) if any(cut) else 0
    if any(extra):
        fields["output_padding"] = pair(extra)
    array = kernel.reshape(groups, channels // groups, own, *size)
    array = array.transpose(3, 4, 0, 2, 1).reshape(*size, groups * own, channels // groups)
    return _emit(call, x, "Conv2DTranspose", fields, array)


def _kernel(call: Call) -> NDArray[Any]:
    kernel = call.constant(1)
    if kernel.ndim != 4 or 0 in kernel.shape:
        raise UnsayableError(f"its kernel {list(kernel.shape)} is not for maps, which have height and width")
    return kernel


def _emit(call: Call, x: Tensor, kind: str, fields: dict[str, Any], kernel: NDArray[Any]) -> Tensor:
    weights = {"kernel": kernel}
    if call.has(2):
        weights["bias"] = np.ravel(call.constant(2))
    else:
        fields["use_bias"] = False
    layout = maps(*output_shape(kind, fields, x.layout.ours))
    return call.emit(kind, fields, x, layout=layout, weights=weights)


OPERATORS = {"Conv": convolution, "ConvTranspose": transposed_convolution}
