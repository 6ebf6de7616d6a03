"""Activations, as layers and at the end of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.operators.activations import whole_axes
from cnnviz.interchange.drafting.operators.slopes import with_slopes
from cnnviz.interchange.keras.step import Step, constant
from cnnviz.io.hdf5.dialects import class_of, today
from cnnviz.ops.activations import ACTIVATIONS, ALIASES

_OLD_HARD_SIGMOID = {"alpha": 0.2, "beta": 0.5}
"""As Keras had it before version 3: `clip(0.2 * x + 0.5, 0, 1)`."""

_NAMES = {"gelu_new": "gelu_tanh", "negative": "neg", "absolute": "abs"}
"""Names of functions that Keras saves in the place of an activation's."""


def activation_of(step: Step, value: Any) -> str | tuple[str, dict[str, Any]]:
    """Return the name of an activation, or a layer's class and arguments that stand in its place.

    Raises:
        UnsayableError: If there is no such activation.
    """
    if isinstance(value, dict):
        kind, fields = class_of(value), value.get("config")
        if kind == "function" and isinstance(fields, str):
            value = fields
        elif isinstance(kind, str) and isinstance(fields, dict):
            kind, fields = today(kind, fields)
            if kind == "Activation":
                return activation_of(step, fields.get("activation"))
            if kind in KINDS:
                return kind, fields
            value = kind
    if value is None:
        return "linear"
    if not isinstance(value, str):
        raise UnsayableError("its activation cannot be read")
    name = _NAMES.get(value, value)
    if name not in ACTIVATIONS:
        raise UnsayableError(f"there is no activation {value:.100}")
    return ALIASES.get(name, name)


def own_activation(step: Step) -> tuple[dict[str, Any], Callable[[Tensor], Tensor]]:
    """Return the activation at the end of a layer: as a field, or as what follows."""
    found = activation_of(step, step.fields.get("activation"))
    if found == "linear":
        return {}, lambda x: x
    if isinstance(found, str) and not _is_other(step, found):
        return {"activation": found}, lambda x: x
    return {}, lambda x: put(step, found, x)


def _is_other(step: Step, name: str) -> bool:
    """Whether a name means something else here, or another axis."""
    return (name == "hard_sigmoid" and not step.is_keras_3) or (name in ("softmax", "log_softmax") and step.first)


def put(step: Step, found: str | tuple[str, dict[str, Any]], x: Tensor) -> Tensor:
    """Draft an activation by itself."""
    if isinstance(found, tuple):
        kind, fields = found
        if kind == "PReLU":
            raise UnsayableError("its activation has weights of its own, which its description does not place")
        return KINDS[kind](step.instead(kind, fields, x))
    if found == "hard_sigmoid" and not step.is_keras_3:
        return step.emit("HardSigmoid", _OLD_HARD_SIGMOID, x)
    if found in ("softmax", "log_softmax"):
        return step.operator({"softmax": "Softmax", "log_softmax": "LogSoftmax"}[found], [x], {"axis": -1})
    return x if found == "linear" else step.emit("Activation", {"activation": found}, x)


def _activation(step: Step) -> Tensor:
    found = activation_of(step, step.fields.get("activation"))
    if found == "linear":
        return step.emit("Activation", {"activation": "linear"}, step.tensor)
    return put(step, found, step.tensor)


def number(value: Any, default: float) -> float:
    """Return a number of a layer's arguments, which old versions wrote as an array."""
    if value is None:
        return default
    array = constant(value)
    if array is None or array.size != 1:
        raise UnsayableError("one of its arguments is no number")
    return float(str(array.reshape(())[()]))


def _re_lu(step: Step) -> Tensor:
    fields: dict[str, Any] = {
        name: found for name in ("negative_slope", "threshold") if (found := number(step.fields.get(name), 0.0))
    }
    if step.fields.get("max_value") is not None:
        fields["max_value"] = number(step.fields["max_value"], 0.0)
    return step.emit("ReLU", fields, step.tensor)


def _thresholded_re_lu(step: Step) -> Tensor:
    return step.emit("ReLU", {"threshold": number(step.fields.get("theta"), 1.0)}, step.tensor)


def _leaky_re_lu(step: Step) -> Tensor:
    slope = number(step.fields.get("negative_slope"), 0.3)
    return step.emit("LeakyReLU", {} if slope == 0.3 else {"negative_slope": slope}, step.tensor)


def _elu(step: Step) -> Tensor:
    alpha = number(step.fields.get("alpha"), 1.0)
    return step.emit("ELU", {} if alpha == 1 else {"alpha": alpha}, step.tensor)


def _softmax(step: Step) -> Tensor:
    axis = step.fields.get("axis", -1)
    x = step.tensor
    axes = [axis] if isinstance(axis, int) else list(axis)
    x, ours = whole_axes(step.as_operator, x, [axis + len(x.shape) if axis < 0 else axis for axis in axes])
    if ours == (len(x.layout.axes),):
        return step.emit("Softmax", {}, x)
    return step.emit("Softmax", {"axis": ours[0] if len(ours) == 1 else list(ours)}, x)


def _p_re_lu(step: Step) -> Tensor:
    x = step.tensor
    shared = step.fields.get("shared_axes") or ()
    shape = tuple(1 if axis in shared else length for axis, length in enumerate(x.shape[1:], 1))
    alpha = step.store.read(step.layer, {"alpha": shape})["alpha"]
    return with_slopes(step.as_operator, x, alpha[None])


KINDS: dict[str, Callable[[Step], Tensor]] = {
    "Activation": _activation,
    "ReLU": _re_lu,
    "LeakyReLU": _leaky_re_lu,
    "ThresholdedReLU": _thresholded_re_lu,
    "ELU": _elu,
    "PReLU": _p_re_lu,
    "Softmax": _softmax,
}
