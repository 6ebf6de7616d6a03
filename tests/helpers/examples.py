"""Every layer kind with constructor arguments, as YAML has them, and input shapes that it takes."""

from __future__ import annotations

import msgspec
import numpy as np

from cnnviz.layers import all_kinds, find_kind

IMAGE = (7, 6, 3)
VECTOR = (12,)

NOT_IN_KERAS: frozenset[str] = frozenset()
"""Kinds that Keras does not have: no tensors of Keras are held against them, but what their own tests say."""

# kind: (constructor arguments, shape of each input), ...
EXAMPLES = {
    "Activation": [({"activation": "relu"}, [IMAGE]), ({"activation": "softmax"}, [VECTOR])],
    "Add": [({}, [IMAGE, IMAGE, IMAGE]), ({}, [(1, 1, 3), IMAGE]), ({}, [VECTOR, VECTOR])],
    "Average": [({}, [IMAGE, IMAGE, IMAGE]), ({}, [(7, 6, 1), (3,)])],
    "AveragePooling2D": [
        ({"pool_size": 2}, [IMAGE]),
        ({"pool_size": [3, 2], "strides": [1, 3]}, [IMAGE]),
        ({"pool_size": 4, "strides": 3, "padding": "same"}, [IMAGE]),
        ({"pool_size": 3, "strides": 2, "padding": [1, 0, 2, 1], "dilation_rate": [2, 1]}, [IMAGE]),
        ({"pool_size": 3, "strides": 3, "padding": 1, "ceil_mode": True, "count_include_pad": True}, [IMAGE]),
    ],
    "BatchNormalization": [
        ({}, [IMAGE]),
        ({"axis": 1, "epsilon": 0.1, "scale": False}, [IMAGE]),
        ({"axis": -2, "center": False}, [IMAGE]),
        ({}, [VECTOR]),
    ],
    "Concatenate": [
        ({}, [IMAGE, (7, 6, 1), IMAGE]),
        ({"axis": 1}, [IMAGE, (2, 6, 3)]),
        ({"axis": -2}, [IMAGE, (7, 1, 3)]),
        ({}, [VECTOR, (2,)]),
    ],
    "Conv2D": [
        ({"filters": 2, "kernel_size": 3}, [IMAGE]),
        ({"filters": 4, "kernel_size": [2, 3], "strides": [2, 1], "padding": "same"}, [IMAGE]),
        ({"filters": 3, "kernel_size": 3, "dilation_rate": [2, 1], "groups": 3}, [IMAGE]),
        ({"filters": 2, "kernel_size": 3, "strides": 2, "dilation_rate": 2, "padding": [1, 0, 3, 2]}, [IMAGE]),
        ({"filters": 2, "kernel_size": 5, "padding": 2, "use_bias": False, "activation": "tanh"}, [IMAGE]),
    ],
    "Conv2DTranspose": [
        ({"filters": 2, "kernel_size": 3}, [IMAGE]),
        ({"filters": 2, "kernel_size": [3, 4], "strides": 2, "padding": "same"}, [IMAGE]),
        ({"filters": 2, "kernel_size": 2, "strides": [3, 2]}, [IMAGE]),
        ({"filters": 2, "kernel_size": 5, "strides": 3, "padding": "same", "output_padding": [0, 2]}, [IMAGE]),
        ({"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": 1, "activation": "relu"}, [IMAGE]),
        ({"filters": 2, "kernel_size": 3, "dilation_rate": 2, "use_bias": False}, [IMAGE]),
        ({"filters": 2, "kernel_size": 3, "strides": [2, 3], "dilation_rate": [3, 2]}, [IMAGE]),
    ],
    "Cropping2D": [
        ({"cropping": 1}, [IMAGE]),
        ({"cropping": [2, 0]}, [IMAGE]),
        ({"cropping": [[0, 3], [2, 1]]}, [IMAGE]),
    ],
    "Dense": [
        ({"units": 5}, [VECTOR]),
        ({"units": 4, "use_bias": False, "activation": "sigmoid"}, [VECTOR]),
        ({"units": 2}, [IMAGE]),
    ],
    "DepthwiseConv2D": [
        ({"kernel_size": 3}, [IMAGE]),
        ({"kernel_size": [2, 3], "strides": 2, "padding": "same", "depth_multiplier": 2}, [IMAGE]),
        ({"kernel_size": 2, "padding": 1, "dilation_rate": 2, "activation": "elu"}, [IMAGE]),
    ],
    "Dropout": [({"rate": 0.5}, [IMAGE]), ({"rate": 0}, [VECTOR])],
    "ELU": [({}, [IMAGE]), ({"alpha": 0.5}, [VECTOR])],
    "Flatten": [({}, [IMAGE]), ({}, [VECTOR])],
    "GlobalAveragePooling2D": [({}, [IMAGE]), ({"keepdims": True}, [IMAGE])],
    "GlobalMaxPooling2D": [({}, [IMAGE]), ({"keepdims": True}, [IMAGE])],
    "LayerNormalization": [
        ({}, [IMAGE]),
        ({"axis": [1, 2]}, [IMAGE]),
        ({"axis": [3, 1], "center": False}, [IMAGE]),
        ({"axis": -1, "scale": False, "epsilon": 0.1}, [VECTOR]),
    ],
    "LeakyReLU": [({}, [IMAGE]), ({"negative_slope": 2}, [VECTOR]), ({"negative_slope": 0}, [IMAGE])],
    "MaxPooling2D": [
        ({}, [IMAGE]),
        ({"pool_size": [3, 2], "strides": [1, 3]}, [IMAGE]),
        ({"pool_size": 4, "strides": 3, "padding": "same"}, [IMAGE]),
        ({"pool_size": [2, 3], "strides": 2, "padding": [1, 0, 2, 1], "ceil_mode": True}, [IMAGE]),
        ({"pool_size": 3, "strides": [2, 1], "padding": 1, "dilation_rate": 2}, [IMAGE]),
    ],
    "Maximum": [({}, [IMAGE, IMAGE, IMAGE]), ({}, [IMAGE, (7, 6, 1)])],
    "Multiply": [({}, [IMAGE, IMAGE]), ({}, [IMAGE, (3,), (1, 6, 1)])],
    "PReLU": [({}, [IMAGE]), ({"shared_axes": [1, 2]}, [IMAGE]), ({"shared_axes": 1}, [VECTOR])],
    "Permute": [({"dims": [2, 1, 3]}, [IMAGE]), ({"dims": [1, 2, 3]}, [IMAGE]), ({"dims": [1]}, [VECTOR])],
    "ReLU": [
        ({}, [IMAGE]),
        ({"max_value": 0.5, "negative_slope": 0.1, "threshold": 0.2}, [IMAGE]),
        ({"max_value": 6}, [VECTOR]),
    ],
    "Reshape": [
        ({"target_shape": [-1]}, [IMAGE]),
        ({"target_shape": [3, -1, 2]}, [IMAGE]),
        ({"target_shape": [2, 3, 2]}, [VECTOR]),
    ],
    "SeparableConv2D": [
        ({"filters": 4, "kernel_size": 3}, [IMAGE]),
        ({"filters": 2, "kernel_size": [3, 2], "strides": 2, "padding": "same", "depth_multiplier": 2}, [IMAGE]),
        ({"filters": 2, "kernel_size": 3, "padding": [1, 0, 0, 2], "activation": "relu"}, [IMAGE]),
    ],
    "Softmax": [({}, [IMAGE]), ({"axis": [1, 2]}, [IMAGE]), ({}, [VECTOR])],
    "Subtract": [({}, [IMAGE, IMAGE]), ({}, [IMAGE, (7, 1, 1)])],
    "UpSampling2D": [
        ({}, [IMAGE]),
        ({"size": [1, 3]}, [IMAGE]),
        ({"size": [2, 3], "interpolation": "bilinear"}, [IMAGE]),
        ({"size": [4, 1], "interpolation": "bilinear"}, [IMAGE]),
    ],
    "ZeroPadding2D": [
        ({}, [IMAGE]),
        ({"padding": [2, 0]}, [IMAGE]),
        ({"padding": [[1, 0], [0, 3]]}, [IMAGE]),
    ],
}


def make(kind, arguments):
    """Make a layer of a kind from arguments as YAML has them."""
    layer = msgspec.convert({**arguments, "type": kind, "name": "it"}, find_kind(kind))
    layer.check()
    return layer


def random_weights(layer, shapes, seed=0):
    """Fill the layer's weights with random float32 values; variances are positive."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, spec in layer.weight_specs(*shapes).items():
        low = 0.2 if "variance" in name else -1
        weights[name] = rng.uniform(low, 1, spec.shape).astype(np.float32)
    return weights


def random_inputs(shapes, dtype="float64", items=2, seed=1):
    """Make one random batch for each shape."""
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 1, (items, *shape)).astype(dtype) for shape in shapes]


def prepare(layer, shapes, dtype="float64", weights=None):
    """Prepare the layer's forward pass, with random weights unless some are given."""
    weights = random_weights(layer, shapes) if weights is None else weights
    return layer.prepare(weights, np.dtype(dtype), *shapes)


def run(kind, arguments, *inputs, **weights):
    """Run a layer on batches without a batch axis, with the weights given."""
    arrays = [np.asarray(x, np.float64)[None] for x in inputs]
    layer = make(kind, arguments)
    shapes = [x.shape[1:] for x in arrays]
    specs = layer.weight_specs(*shapes)
    filled = {name: np.asarray(weights[name], np.float32).reshape(spec.shape) for name, spec in specs.items()}
    return layer.prepare(filled, np.dtype("float64"), *shapes)(*arrays)[0]


def all_examples():
    """Give every example as kind, arguments, shapes, and a name for a test."""
    for kind in all_kinds():
        for arguments, shapes in EXAMPLES.get(kind, []):
            text = ",".join(f"{name}={value}" for name, value in arguments.items())
            yield kind, arguments, shapes, f"{kind}({text})-{'-'.join('x'.join(map(str, s)) for s in shapes)}"
