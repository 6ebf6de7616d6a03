"""Which function of Keras or TensorFlow a layer of a functional model is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz.interchange.keras.kinds.operations import OPERATIONS
from cnnviz.interchange.keras.layers import Call

_OF_TENSORFLOW = {
    "add": "Add",
    "AddV2": "Add",
    "BiasAdd": "Add",
    "bias_add": "Add",
    "subtract": "Subtract",
    "Sub": "Subtract",
    "multiply": "Multiply",
    "Mul": "Multiply",
    "truediv": "Divide",
    "divide": "Divide",
    "RealDiv": "Divide",
    "pow": "Power",
    "Pow": "Power",
    "maximum": "Maximum",
    "minimum": "Minimum",
    "relu": "Relu",
    "relu6": "Relu6",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "silu": "Silu",
    "swish": "Silu",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "selu": "Selu",
    "elu": "Elu",
    "gelu": "Gelu",
    "leaky_relu": "LeakyRelu",
    "LeakyRelu": "LeakyRelu",
    "softmax": "Softmax",
    "exp": "Exp",
    "abs": "Abs",
    "sqrt": "Sqrt",
    "log": "Log",
    "reciprocal": "Reciprocal",
    "negative": "Negative",
    "square": "Square",
    "clip_by_value": "Clip",
    "reduce_mean": "Mean",
    "Mean": "Mean",
    "reduce_max": "Max",
    "reduce_min": "Min",
    "reduce_sum": "Sum",
    "concat": "Concatenate",
    "reshape": "Reshape",
    "transpose": "Transpose",
    "depth_to_space": "DepthToSpace",
    "space_to_depth": "SpaceToDepth",
    "identity": "Identity",
    "stop_gradient": "StopGradient",
}
"""Functions of TensorFlow, without their module, and its operators."""


def operation_of(call: Call) -> str | None:
    """Return the function that a layer is; None if it is none, empty if it is one that is not known.

    Keras 3 writes functions into HDF5 without their module: there what a call takes tells them from layers.
    """
    kind, module, fields = call.layer.kind, call.layer.module, call.layer.fields
    if kind in ("TFOpLambda", "SlicingOpLambda"):
        name = str(fields.get("function", fields.get("name", "")))
    elif kind == "TensorFlowOpLayer":
        name = str(_node_def(fields).get("op", ""))
    elif module.startswith(("keras.src.ops.", "keras.ops", "keras.src.activations")):
        return kind if kind in OPERATIONS else ""
    elif kind in OPERATIONS and not module and (kind not in _LAYERS_TOO or _is_function(call)):
        return kind
    else:
        return None
    name = name.rpartition(".")[2]
    name = _OF_TENSORFLOW.get(name, name)
    return name if name in OPERATIONS else ""


_LAYERS_TOO = {"Add", "Subtract", "Multiply", "Maximum", "Minimum", "Concatenate", "Reshape", "Softmax", "Identity"}
"""Functions with the name of a layer."""


def _is_function(call: Call) -> bool:
    return len(call.sources) < len(call.operands) or bool(call.options) or "newshape" in call.layer.fields


def _node_def(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    found = fields.get("node_def")
    return found if isinstance(found, dict) else {}
