"""A network as an ONNX model: the way out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cnnviz.errors import UsageError
from cnnviz.interchange.writing.document import document_of
from cnnviz.interchange.writing.network import Weighed, write_operations
from cnnviz.interchange.writing.words import entering
from cnnviz.interchange.writing.writer import Operation, turned
from cnnviz.layers.base import Shape

OPSET, IR_VERSION = 17, 8
"""Of 2022: every runtime of these years reads them."""

STACK = "cnnviz.stack"
"""The key of the model's metadata that holds the stack as JSON."""


def onnx_model(network: Weighed, version: str) -> bytes:
    """Write a network as an ONNX model: tensors have the names of the layers, weights those that PyTorch would give.

    The model takes what enters the first layer, N x C x H x W: pixels after `input`'s scale, mean and std, which its
    description says. Vectors have their units in the order of ours. Its metadata hold the stack, by which `returning`
    makes the same stack of it again.

    Args:
        network: The network.
        version: Of the program that writes it.

    Returns:
        The file.

    Raises:
        ModelError: If ONNX cannot say a layer: all of them at once, by name.
        UsageError: If the package is missing.
    """
    try:
        import onnx
        from onnx import helper, numpy_helper
    except ImportError as problem:
        raise UsageError(f"ONNX needs a package that is missing ({problem}): pip install 'cnnviz[onnx]'") from problem

    def value(name: str, shape: Shape) -> Any:
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["N", *turned(shape)])

    def node(one: Operation) -> Any:
        attributes: Mapping[str, Any] = one.attributes
        return helper.make_node(one.op, one.inputs, [one.output], name=one.output, **attributes)

    w, last = write_operations(network.nodes, "ONNX"), network.nodes[-1]
    graph = helper.make_graph(
        [node(one) for one in w.operations],
        network.stack.name,
        [value("input", network.input_shape)],
        [value(last.layer.name, last.output_shape)],
        [numpy_helper.from_array(array, name) for name, array in w.laid(network.weights).items()],
        doc_string=entering(network.stack.input),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    model.producer_name, model.producer_version = "cnnviz", version
    helper.set_model_props(model, {STACK: json.dumps(document_of(network.stack), ensure_ascii=False)})
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
