"""Layers that weigh what they read: convolutions and `Dense`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnviz.interchange.drafting.building import Tensor, UnsayableError, output_shape
from cnnviz.interchange.drafting.placing import placed, vector
from cnnviz.interchange.keras.kinds.activations import own_activation
from cnnviz.interchange.keras.step import Step
from cnnviz.wording import shape_text


def _convolution(kind: str) -> Callable[[Step], Tensor]:
    def convolve(step: Step) -> Tensor:
        activation, follow = own_activation(step)
        return follow(step.over_maps(kind, {**step.taken(kind), **activation}, weighed=True))

    return convolve


def _dense(step: Step) -> Tensor:
    activation, follow = own_activation(step)
    fields: dict[str, Any] = {**step.taken("Dense"), **activation}
    x = step.tensor
    if len(x.shape) == 4:
        x = step.natural(x)
        layout = placed(output_shape("Dense", fields, x.layout.ours), (1, 2, 3))
        return follow(step.emit("Dense", fields, x, layout=layout, weights=step.weights("Dense", fields, x)))
    if len(x.shape) != 2:
        raise UnsayableError(f"it reads {shape_text(x.shape[1:])}; one axis is expected, or height, width and channels")
    length = x.shape[1]
    weights = step.store.read(step.layer, step.specs("Dense", fields, (length,)))
    # The file's rows, in our order.
    rows = x.layout.arrange(np.arange(length).reshape(1, -1)).ravel()
    x = step.builder.arrange(step.node, x, (tuple(range(len(x.layout.flat))),))
    comment = ""
    if not (rows == np.arange(length)).all():
        weights["kernel"] = weights["kernel"][rows]
        comment = "the rows of its kernel are in another order than in the file, where channels come first"
    shape = output_shape("Dense", fields, x.layout.ours)
    return follow(step.emit("Dense", fields, x, layout=vector(*shape), weights=weights, comment=comment))


KINDS: dict[str, Callable[[Step], Tensor]] = {
    **{kind: _convolution(kind) for kind in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose")},
    "Dense": _dense,
}
