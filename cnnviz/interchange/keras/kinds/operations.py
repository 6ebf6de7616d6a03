"""Functions of Keras and TensorFlow as layers: `x * 0.5 + y` in a functional model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.operators.activations import clipped
from cnnviz.interchange.drafting.operators.shapes import reshaped
from cnnviz.interchange.keras.kinds.activations import number, put
from cnnviz.interchange.keras.step import Step, constant

Operation = Callable[[Step, list[Any], Mapping[str, Any]], Tensor]
"""Takes the step, the operands and all other arguments."""


def _two(operator: str) -> Operation:
    def combine(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
        operands = [*values, *(options[name] for name in ("x1", "x2", "x", "y") if name in options)]
        if len(operands) != 2:
            raise UnsayableError(f"it takes {len(operands)} operands, where two are expected")
        brought = [value if isinstance(value, Tensor) else constant(value) for value in operands]
        if any(value is None for value in brought):
            raise UnsayableError("one of its operands is no number")
        if operator == "Pow" and isinstance(brought[1], Tensor):
            raise UnsayableError("its exponent is no number")
        known: list[Any] = [_float(value) for value in brought]
        return step.operator(operator, known)

    return combine


def _float(value: Any) -> Any:
    return value.astype(np.float32) if isinstance(value, np.ndarray) else value


def _one(values: list[Any]) -> Tensor:
    if not values or not isinstance(values[0], Tensor):
        raise UnsayableError("it does not take a tensor first")
    return values[0]


def _named(name: str) -> Operation:
    return lambda step, values, options: put(step, name, _one(values))


def _leaky(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    slope = number(options.get("negative_slope", options.get("alpha")), 0.2)
    return step.emit("LeakyReLU", {"negative_slope": slope}, _one(values))


def _elu(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    return step.operator("Elu", [_one(values)], {"alpha": number(options.get("alpha"), 1.0)})


def _gelu(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    default = step.layer.kind == "Gelu"
    return put(step, "gelu_tanh" if options.get("approximate", default) else "gelu", _one(values))


def _softmax(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    axis = options.get("axis", -1)
    return step.operator("Softmax", [_one(values)], {"axis": -1 if axis is None else axis})


def _clip(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    low, high = (
        options.get(name, options.get(other, values[place] if len(values) > place else None))
        for place, (name, other) in enumerate((("x_min", "clip_value_min"), ("x_max", "clip_value_max")), 1)
    )
    return clipped(
        step.as_operator, _one(values), *(None if limit is None else number(limit, 0.0) for limit in (low, high))
    )


def _square(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    return step.operator("Pow", [_one(values), np.array(2, np.float32)])


def _reduce(operator: str) -> Operation:
    def reduce(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
        x = _one(values)
        axis = options.get("axis", values[1] if len(values) > 1 else None)
        axes = list(range(1, len(x.shape))) if axis is None else [axis] if isinstance(axis, int) else list(axis)
        keep = bool(options.get("keepdims", options.get("keep_dims", False)))
        axes = [number + len(x.shape) if number < 0 else number for number in axes]
        return step.operator(operator, [x], {"axes": axes, "keepdims": int(keep)})

    return reduce


def _concatenate(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    tensors = [value for value in values if isinstance(value, Tensor)]
    others = [value for value in values if not isinstance(value, Tensor)]
    axis = options.get("axis", others[0] if others else -1)
    return step.operator("Concat", tensors, {"axis": axis})


def _reshape(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    x = _one(values)
    shape = options.get("newshape", options.get("shape", values[1] if len(values) > 1 else None))
    target = [1 if place == 0 and length in (None, -1) else int(length) for place, length in enumerate(shape or ())]
    return reshaped(step.as_operator, x, target)


def _transpose(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    axes = options.get("axes", options.get("perm", values[1] if len(values) > 1 else None))
    return step.operator("Transpose", [_one(values)], {} if axes is None else {"perm": list(axes)})


def _blocks(operator: str) -> Operation:
    def move(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
        if options.get("data_format", "NHWC") not in ("NHWC", "channels_last", None):
            raise UnsayableError("its channels come first, which is not available for this function")
        size = options.get("block_size", values[1] if len(values) > 1 else None)
        x = step.natural(_one(values))
        fields = {"block_size": size}
        from cnnviz.interchange.drafting.building import output_shape
        from cnnviz.interchange.drafting.placing import placed

        return step.emit(operator, fields, x, layout=placed(output_shape(operator, fields, x.layout.ours), (1, 2, 3)))

    return move


def _pass(step: Step, values: list[Any], options: Mapping[str, Any]) -> Tensor:
    return _one(values)


OPERATIONS: dict[str, Operation] = {
    "Add": _two("Add"),
    "Subtract": _two("Sub"),
    "Multiply": _two("Mul"),
    "Divide": _two("Div"),
    "TrueDivide": _two("Div"),
    "Power": _two("Pow"),
    "Maximum": _two("Max"),
    "Minimum": _two("Min"),
    "Relu": _named("relu"),
    "Relu6": _named("relu6"),
    "Sigmoid": _named("sigmoid"),
    "Tanh": _named("tanh"),
    "Silu": _named("silu"),
    "Softplus": _named("softplus"),
    "Softsign": _named("softsign"),
    "Selu": _named("selu"),
    "HardSigmoid": _named("hard_sigmoid"),
    "HardSilu": _named("hard_silu"),
    "Exp": _named("exponential"),
    "Absolute": _named("abs"),
    "Abs": _named("abs"),
    "Sqrt": _named("sqrt"),
    "Log": _named("log"),
    "Reciprocal": _named("reciprocal"),
    "Negative": _named("neg"),
    "LeakyRelu": _leaky,
    "Elu": _elu,
    "Gelu": _gelu,
    "Softmax": _softmax,
    "Clip": _clip,
    "Square": _square,
    "Mean": _reduce("ReduceMean"),
    "Max": _reduce("ReduceMax"),
    "Min": _reduce("ReduceMin"),
    "Sum": _reduce("ReduceSum"),
    "Concatenate": _concatenate,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "DepthToSpace": _blocks("DepthToSpace"),
    "SpaceToDepth": _blocks("SpaceToDepth"),
    "Identity": _pass,
    "StopGradient": _pass,
}


def operate(step: Step, operation: str) -> Tensor:
    """Draft what a function becomes."""
    values = list(step.values)
    constants = step.fields.get("constants")
    if step.layer.kind == "TensorFlowOpLayer" and isinstance(constants, dict):
        for place, value in sorted((int(place), value) for place, value in constants.items()):
            values.insert(place, value)
    options = {**step.fields, **step.options}
    if isinstance(options.get("axis"), list) and len(options["axis"]) == 1:
        options["axis"] = options["axis"][0]
    return OPERATIONS[operation](step, values, options)
