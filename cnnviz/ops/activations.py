"""Activation functions, with Keras 3's formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

ActivationName = Literal["linear", "relu", "tanh", "sigmoid", "softmax"]


def linear(x: Array) -> Array:
    """Return `x` as it is."""
    return x


def relu(x: Array) -> Array:
    """Return `max(x, 0)`."""
    return np.maximum(x, 0)


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {"linear": linear, "relu": relu}


def activate(function: Callable[..., Array], name: str | None) -> Callable[..., Array]:
    """Follow a function by a named activation."""
    if name is None or name == "linear":
        return function
    activation = ACTIVATIONS[name]
    return lambda *inputs: activation(function(*inputs))
