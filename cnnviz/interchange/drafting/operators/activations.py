"""Functions of every value by itself, and softmax."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.call import Call, Value, number

_NAMES = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Exp": "exponential",
    "HardSwish": "hard_swish",
    "Mish": "mish",
    "Abs": "abs",
    "Sqrt": "sqrt",
    "Log": "log",
    "Reciprocal": "reciprocal",
    "Neg": "neg",
}


def _named(name: str) -> Callable[[Call], Tensor]:
    def activation(call: Call) -> Tensor:
        return call.activation(name)

    return activation


def leaky_relu(call: Call) -> Tensor:
    """LeakyRelu: `LeakyReLU`."""
    slope = call.attribute("alpha", 0.01)
    if slope < 0:
        raise UnsayableError(f"its slope {slope:g} is negative")
    return call.emit("LeakyReLU", {"negative_slope": slope}, call.tensor())


def elu(call: Call) -> Tensor:
    """Elu: `ELU`, or its name where alpha is 1."""
    alpha = call.attribute("alpha", 1.0)
    return call.activation("elu") if alpha == 1 else call.emit("ELU", {"alpha": alpha}, call.tensor())


def celu(call: Call) -> Tensor:
    """Celu: `CELU`."""
    return call.emit("CELU", {"alpha": call.attribute("alpha", 1.0)}, call.tensor())


def selu(call: Call) -> Tensor:
    """Selu, with its own two constants."""
    alpha, gamma = call.attribute("alpha", 1.67326324), call.attribute("gamma", 1.05070098)
    if math.isclose(alpha, 1.67326324, rel_tol=1e-5) and math.isclose(gamma, 1.05070098, rel_tol=1e-5):
        return call.activation("selu")
    bent = call.builder.emit(call.node, "ELU", {"alpha": alpha}, call.tensor())
    return call.emit("Rescaling", {"scale": gamma}, bent)


def thresholded_relu(call: Call) -> Tensor:
    """ThresholdedRelu: `ThresholdedReLU`."""
    return call.emit("ThresholdedReLU", {"theta": call.attribute("alpha", 1.0)}, call.tensor())


def hard_sigmoid(call: Call) -> Tensor:
    """HardSigmoid: Keras's by name, others with their slope."""
    alpha, beta = call.attribute("alpha", 0.2), call.attribute("beta", 0.5)
    if beta == 0.5 and math.isclose(alpha, 1 / 6, rel_tol=1e-6):
        return call.activation("hard_sigmoid")
    return call.emit("HardSigmoid", {"alpha": alpha, "beta": beta}, call.tensor())


def gelu(call: Call) -> Tensor:
    """Gelu, by erf or by tanh."""
    return call.activation("gelu_tanh" if call.attribute("approximate", "none") == "tanh" else "gelu")


def swish(call: Call) -> Tensor:
    """Swish: `silu`, or `Swish` with its beta."""
    beta = call.attribute("alpha", 1.0)
    return call.activation("silu") if beta == 1 else call.emit("Swish", {"beta": beta}, call.tensor())


def shrink(call: Call) -> Tensor:
    """Shrink, with the constants that Keras's functions have."""
    known = {(0.5, 0.0): "hard_shrink", (0.5, 0.5): "soft_shrink"}
    constants = call.attribute("lambd", 0.5), call.attribute("bias", 0.0)
    if constants not in known:
        raise UnsayableError(f"lambd {constants[0]:g} with bias {constants[1]:g} is no activation")
    return call.activation(known[constants])


def clip(call: Call) -> Value:
    """Clip: `ReLU` from 0 on, else `Clip`."""
    low, high = limits(call)
    return clipped(call, call.tensor(), low, high)


def limits(call: Call) -> tuple[float | None, float | None]:
    """Return what a Clip clips at, None for nothing."""
    found: list[float | None] = []
    for place, name in enumerate(("min", "max"), 1):
        value = call.attribute(name)
        if value is None and call.has(place):
            value = number(call.constant(place))
            if value is None:
                raise UnsayableError(f"its `{name}` is no single number")
        far = value is None or abs(value) >= np.finfo(np.float32).max
        found.append(None if far and (value is None or (value < 0) == (name == "min")) else value)
    return found[0], found[1]


def clipped(call: Call, x: Tensor, low: float | None, high: float | None) -> Tensor:
    """Draft what keeps values between two limits, None for no limit."""
    if low is None and high is None:
        return x
    if low == 0 and (high is None or high >= 0):
        if high is None:
            return call.activation("relu", x)
        return call.activation("relu6", x) if high == 6 else call.emit("ReLU", {"max_value": high}, x)
    fields = {name: value for name, value in (("min", low), ("max", high)) if value is not None}
    return call.emit("Clip", fields, x)


def softmax(call: Call) -> Tensor:
    """Softmax: over the channels by name, else the layer."""
    x, old = call.tensor(), call.node.opset < 13
    rank = len(x.shape)
    first = call.axes(call.attribute("axis", 1 if old else -1), rank)[0]
    x, ours = whole_axes(call, x, range(first, rank) if old else [first])
    if ours == (len(x.layout.axes),):
        return call.activation("softmax", x)
    return call.emit("Softmax", {"axis": ours[0] if len(ours) == 1 else ours}, x)


def log_softmax(call: Call) -> Tensor:
    """LogSoftmax: the shares, then their logarithms."""
    bare = call._replace(node=call.node._replace(outputs=("",)))
    return call.activation("log", softmax(bare))


def whole_axes(call: Call, x: Tensor, axes: Any) -> tuple[Tensor, tuple[int, ...]]:
    """Return which axes of ours, counted from 1, some of the file's are together; brought to a vector if that helps.

    Raises:
        UnsayableError: If they are a part of an axis only.
    """
    if any(axis == 0 and x.shape[0] == 1 and len(x.shape) > 1 for axis in axes):
        raise UnsayableError("it works along the batch")
    for tensor in (x, None):
        if tensor is None:
            if len([row for row in x.layout.order if row]) > 1:
                break
            tensor = call.builder.as_vector(call.node, x)
        factors = {factor for axis in axes for factor in tensor.layout.order[axis]}
        ours = tuple(n for n, numbers in enumerate(tensor.layout.numbered, 1) if numbers and factors >= set(numbers))
        if factors == {factor for axis in ours for factor in tensor.layout.numbered[axis - 1]}:
            if not ours:
                homes = [tensor.layout.axis_of(axis) for axis in axes]
                if None in homes:
                    raise UnsayableError("it works along axes of length 1, which no axis of ours is")
                ours = tuple(home + 1 for home in homes if home is not None)
            return tensor, ours
    raise UnsayableError("it works along axes that were taken apart before")


OPERATORS = {
    **{op: _named(name) for op, name in _NAMES.items()},
    "LeakyRelu": leaky_relu,
    "Elu": elu,
    "Celu": celu,
    "Selu": selu,
    "ThresholdedRelu": thresholded_relu,
    "HardSigmoid": hard_sigmoid,
    "Gelu": gelu,
    "Swish": swish,
    "Shrink": shrink,
    "Clip": clip,
    "Softmax": softmax,
    "LogSoftmax": log_softmax,
}
