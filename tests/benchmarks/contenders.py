"""cnnviz and its peers, each made ready to run the same layers with the same weights.

A contender is a function without arguments that runs all layers on its input and gives every layer's output. What does
not depend on the pixels is prepared beforehand, for everybody.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

Contender = Callable[[], list[Any]]


class Conv(NamedTuple):
    """A convolution without padding unless `same`; kernel: height, width, in, out."""

    kernel: np.ndarray
    same: bool = False


class Pool(NamedTuple):
    """Windows side by side; `kind` is `max` or `average`."""

    size: int
    kind: str = "max"


class Activation(NamedTuple):
    """`relu`, `tanh` or `softmax`."""

    name: str


class Dense(NamedTuple):
    """A fully connected layer on everything, rows first; kernel: in, out."""

    kernel: np.ndarray


class Work(NamedTuple):
    """Layers, and the input `(N, H, W, C)` they run on."""

    name: str
    x: np.ndarray
    layers: list[Conv | Pool | Activation | Dense]


class Missing(Exception):
    """Why a peer takes no part."""


def makers(work: Work) -> dict[str, Callable[[], Contender]]:
    """Give everybody's name, and how to make them ready, which raises `Missing` where they cannot be had."""
    found: dict[str, Callable[[], Contender]] = {}
    for dtype in ("float32", "float64"):
        for n in (1, 2):
            found[f"cnnviz {dtype} {n}t"] = partial(cnnviz, work, dtype, n)
    for n in (1, 2):
        found[f"torch {n}t"] = partial(torch, work, n, channels_last=False)
        found[f"torch channels_last {n}t"] = partial(torch, work, n, channels_last=True)
    found["onnxruntime 2t"] = partial(onnxruntime, work, 2)
    found["keras 2t"] = partial(keras, work, 2)
    found["cv2.dnn 2t"] = partial(opencv, work, 2)
    found["plain loops"] = partial(loops, work)
    return found


def cnnviz(work: Work, dtype: str, count: int) -> Contender:
    """Make cnnviz ready: its public face, with everything that comes with it."""
    from cnnviz import load_stack

    layers: list[dict[str, Any]] = []
    for layer in work.layers:
        match layer:
            case Conv(kernel, same):
                size = list(kernel.shape[:2])
                layers.append({"type": "Conv2D", "filters": kernel.shape[3], "kernel_size": size, "use_bias": False})
                layers[-1]["padding"] = "same" if same else "valid"
                if np.ptp(kernel) == 0:
                    value = float(kernel.flat[0])
                    layers[-1]["kernel_initializer"] = {"type": "constant", "value": value}
            case Pool(size, kind):
                layers.append({"type": "MaxPooling2D" if kind == "max" else "AveragePooling2D", "pool_size": size})
            case Activation(name):
                layers.append({"type": "Activation", "activation": name})
            case Dense(kernel):
                layers.append({"type": "Flatten"})
                layers.append({"type": "Dense", "units": kernel.shape[1], "use_bias": False})
    network = load_stack({"layers": layers}).build(work.x.shape[1:], dtype=dtype, threads=count)
    x = work.x.astype(dtype)
    return lambda: list(network.forward(x).values())


def _same(kernel: np.ndarray) -> tuple[int, int, int, int]:
    top, left = (kernel.shape[0] - 1) // 2, (kernel.shape[1] - 1) // 2
    return top, kernel.shape[0] - 1 - top, left, kernel.shape[1] - 1 - left


def _need(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise Missing(f"{module} is not installed")


def torch(work: Work, count: int, *, channels_last: bool) -> Contender:
    """Make PyTorch ready."""
    _need("torch")
    import torch

    form = torch.channels_last if channels_last else torch.contiguous_format
    kind = torch.float32
    x = torch.from_numpy(work.x.transpose(0, 3, 1, 2).copy()).to(kind).contiguous(memory_format=form)
    steps: list[Callable[[Any], Any]] = []
    for layer in work.layers:
        match layer:
            case Conv(kernel, same):
                weight = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()).to(kind).contiguous(memory_format=form)
                steps.append(partial(torch.nn.functional.conv2d, weight=weight, padding="same" if same else 0))
            case Pool(size, "max"):
                steps.append(partial(torch.nn.functional.max_pool2d, kernel_size=size))
            case Pool(size, _):
                steps.append(partial(torch.nn.functional.avg_pool2d, kernel_size=size))
            case Activation("softmax"):
                steps.append(partial(torch.softmax, dim=1))
            case Activation(name):
                steps.append(getattr(torch, name))
            case Dense(kernel):
                weight = torch.from_numpy(kernel.T.copy()).to(kind)
                steps.append(lambda x, weight=weight: torch.nn.functional.linear(x.flatten(1), weight))

    def run() -> list[Any]:
        torch.set_num_threads(count)
        outs = [x]
        with torch.inference_mode():
            for step in steps:
                outs.append(step(outs[-1]))
        return outs[1:]

    return run


def onnx_model(work: Work) -> bytes:
    """Write the layers as an ONNX model whose outputs are all layers' outputs."""
    _need("onnx")
    from onnx import TensorProto, helper, numpy_helper, shape_inference

    nodes, weights, names = [], [], ["x"]
    for i, layer in enumerate(work.layers):
        out = f"y{i}"
        match layer:
            case Conv(kernel, same):
                weights.append(numpy_helper.from_array(kernel.transpose(3, 2, 0, 1).astype("f4"), f"w{i}"))
                top, bottom, left, right = _same(kernel) if same else (0, 0, 0, 0)
                pads = [top, left, bottom, right]
                nodes.append(helper.make_node("Conv", [names[-1], f"w{i}"], [out], pads=pads))
            case Pool(size, kind):
                op = "MaxPool" if kind == "max" else "AveragePool"
                nodes.append(helper.make_node(op, [names[-1]], [out], kernel_shape=[size] * 2, strides=[size] * 2))
            case Activation(name):
                more = {"axis": 1} if name == "softmax" else {}
                nodes.append(helper.make_node(name.capitalize(), [names[-1]], [out], **more))
            case Dense(kernel):
                weights.append(numpy_helper.from_array(kernel.astype("f4"), f"w{i}"))
                nodes.append(helper.make_node("Flatten", [names[-1]], [f"f{i}"]))
                nodes.append(helper.make_node("MatMul", [f"f{i}", f"w{i}"], [out]))
        names.append(out)
    count, height, width, channels = work.x.shape
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [count, channels, height, width])
    outs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names[1:]]
    graph = helper.make_graph(nodes, "work", [x], outs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(shape_inference.infer_shapes(model).SerializeToString())


def onnxruntime(work: Work, count: int) -> Contender:
    """Make ONNX Runtime ready."""
    _need("onnxruntime")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = count
    # Its idle threads would otherwise burn the others' time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(onnx_model(work), options, providers=["CPUExecutionProvider"])
    x = np.ascontiguousarray(work.x.transpose(0, 3, 1, 2), "f4")
    return lambda: list(session.run(None, {"x": x}))


def keras(work: Work, count: int) -> Contender:
    """Make Keras on PyTorch ready."""
    _need("keras")
    _need("torch")
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    import torch

    inputs = keras.Input(work.x.shape[1:])
    outs = [inputs]
    for layer in work.layers:
        match layer:
            case Conv(kernel, same):
                size, padding = kernel.shape[:2], "same" if same else "valid"
                step = keras.layers.Conv2D(kernel.shape[3], size, padding=padding, use_bias=False)
            case Pool(size, "max"):
                step = keras.layers.MaxPooling2D(size)
            case Pool(size, _):
                step = keras.layers.AveragePooling2D(size)
            case Activation(name):
                step = keras.layers.Activation(name)
            case Dense(kernel):
                outs.append(keras.layers.Flatten()(outs[-1]))
                step = keras.layers.Dense(kernel.shape[1], use_bias=False)
        outs.append(step(outs[-1]))
        if isinstance(layer, Conv | Dense):
            step.set_weights([layer.kernel.astype("f4")])
    model = keras.Model(inputs, outs[1:])
    x = torch.from_numpy(np.ascontiguousarray(work.x, "f4"))

    def run() -> list[Any]:
        torch.set_num_threads(count)
        with torch.inference_mode():
            return list(model(x, training=False))

    return run


def opencv(work: Work, count: int) -> Contender:
    """Make OpenCV's dnn module ready."""
    _need("cv2")
    import cv2

    x = np.ascontiguousarray(work.x.transpose(0, 3, 1, 2), "f4")
    names = [f"y{i}" for i in range(len(work.layers))]
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(onnx_model(work), np.uint8))
        net.setInput(x)
        net.forward(names)
    except (cv2.error, AttributeError) as error:
        raise Missing(f"OpenCV cannot run this: {str(error).splitlines()[0]}") from error

    def run() -> list[Any]:
        cv2.setNumThreads(count)
        net.setInput(x)
        return list(net.forward(names))

    return run


def loops(work: Work) -> Contender:
    """Make the tests' own loops over pixels ready."""
    from tests.helpers import reference

    if sum(layer.kernel.size for layer in work.layers if isinstance(layer, Conv)) * work.x.size > 1e8:
        raise Missing("it would take minutes")
    for layer in work.layers:
        if isinstance(layer, Dense) or (isinstance(layer, Activation) and layer.name != "relu"):
            raise Missing(f"the oracle has no {type(layer).__name__}")

    def run() -> list[Any]:
        outs = [work.x[0]]
        for layer in work.layers:
            match layer:
                case Conv(kernel):
                    outs.append(reference.convolution(outs[-1], kernel))
                case Pool(size):
                    outs.append(reference.max_pooling(outs[-1], (size, size), (size, size)))
                case Activation():
                    outs.append(np.maximum(outs[-1], 0))
        return outs

    return run
