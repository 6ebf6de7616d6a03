"""ONNX: the model, ONNX Runtime, and OpenCV's reader of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, shape_inference

from tests.benchmarks.contenders.network import (
    Activation,
    Add,
    Concatenate,
    Conv,
    Dense,
    GlobalAverage,
    Layer,
    Normalization,
    Pool,
    Transposed,
    Work,
)


def model(work: Work) -> bytes:
    """Write the layers as an ONNX model whose outputs are all layers' outputs."""
    nodes: list[Any] = []
    weights: list[Any] = []
    for i, (layer, reads) in enumerate(work.nodes, 1):
        names = [f"y{read}" for read in reads]
        if isinstance(layer, Dense):
            nodes.append(helper.make_node("Flatten", names, [f"f{i}"]))
            names = [f"f{i}"]
        op, more, arrays = _written(layer)
        for k, array in enumerate(arrays):
            weights.append(numpy_helper.from_array(array.astype("f4"), f"w{i}_{k}"))
            names.append(f"w{i}_{k}")
        nodes.append(helper.make_node(op, names, [f"y{i}"], **more))
    count, height, width, channels = work.x.shape
    x = helper.make_tensor_value_info("y0", TensorProto.FLOAT, [count, channels, height, width])
    outs = [helper.make_tensor_value_info(f"y{i}", TensorProto.FLOAT, None) for i in range(1, len(work.nodes) + 1)]
    graph = helper.make_graph(nodes, "work", [x], outs, weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(shape_inference.infer_shapes(made).SerializeToString())


def _written(layer: Layer) -> tuple[str, dict[str, Any], list[np.ndarray]]:
    """Give a layer's operator, attributes and weights."""
    match layer:
        case Conv(kernel, _, strides, groups):
            more = {"pads": [layer.pad] * 4, "strides": [strides] * 2, "group": groups}
            return "Conv", more, [kernel.transpose(3, 2, 0, 1)]
        case Transposed(kernel):
            return "ConvTranspose", {"strides": [kernel.shape[0]] * 2}, [kernel.transpose(2, 3, 0, 1)]
        case Normalization(channels):
            ones, zeros = np.ones(channels), np.zeros(channels)
            return "BatchNormalization", {"epsilon": 1e-3}, [ones, zeros, zeros, ones]
        case Pool(size, kind, strides, pad):
            more = {"kernel_shape": [size] * 2, "strides": [strides or size] * 2, "pads": [pad] * 4}
            return "MaxPool" if kind == "max" else "AveragePool", more, []
        case GlobalAverage():
            return "GlobalAveragePool", {}, []
        case Activation("softmax"):
            return "Softmax", {"axis": 1}, []
        case Activation("relu6"):
            return "Clip", {}, [np.array(0.0), np.array(6.0)]
        case Activation(name):
            return name.capitalize(), {}, []
        case Add():
            return "Add", {}, []
        case Concatenate():
            return "Concat", {"axis": 1}, []
        case Dense(kernel):
            return "MatMul", {}, [kernel]


def make(work: Work, count: int) -> Callable[[], list[Any]]:
    """Make ONNX Runtime ready on so many threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = count
    # Its idle threads would otherwise burn the others' time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(model(work), options, providers=["CPUExecutionProvider"])
    x = np.ascontiguousarray(work.x.transpose(0, 3, 1, 2), "f4")
    return lambda: list(session.run(None, {"y0": x}))


def make_opencv(work: Work, count: int) -> Callable[[], list[Any]]:
    """Make OpenCV's dnn module ready; raises `cv2.error` or `AttributeError` where it cannot run a layer."""
    import cv2

    x = np.ascontiguousarray(work.x.transpose(0, 3, 1, 2), "f4")
    names = [f"y{i}" for i in range(1, len(work.nodes) + 1)]
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model(work), np.uint8))
    net.setInput(x)
    net.forward(names)

    def run() -> list[Any]:
        cv2.setNumThreads(count)
        net.setInput(x)
        return list(net.forward(names))

    return run
