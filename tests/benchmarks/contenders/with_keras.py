"""Keras on PyTorch."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

os.environ["KERAS_BACKEND"] = "torch"
import keras

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


def make(work: Work, count: int) -> Callable[[], list[Any]]:
    """Make Keras ready on so many threads."""
    outs = [keras.Input(work.x.shape[1:])]
    for layer, reads in work.nodes:
        inputs = [outs[read] for read in reads]
        pad = getattr(layer, "pad", 0)
        if pad and getattr(layer, "strides", 1) != 1:
            inputs = [keras.layers.ZeroPadding2D(pad)(*inputs)]
        if isinstance(layer, Dense):
            inputs = [keras.layers.Flatten()(*inputs)]
        step = _step(layer)
        outs.append(step(inputs if len(inputs) > 1 else inputs[0]))
        if isinstance(layer, Conv | Dense | Transposed):
            kernel = layer.kernel.astype("f4")
            if isinstance(layer, Transposed) or (isinstance(layer, Conv) and layer.is_depthwise):
                kernel = kernel.transpose(0, 1, 3, 2)
            step.set_weights([kernel])
    model = keras.Model(outs[0], outs[1:])
    x = torch.from_numpy(np.ascontiguousarray(work.x, "f4"))

    def run() -> list[Any]:
        torch.set_num_threads(count)
        with torch.inference_mode():
            return list(model(x, training=False))

    return run


def _step(layer: Layer) -> Any:
    """Make one layer; what it pads beside `same` has been padded before."""
    match layer:
        case Conv(kernel, same, strides, groups):
            padding = "same" if same and strides == 1 else "valid"
            more = {"strides": strides, "padding": padding, "use_bias": False}
            if layer.is_depthwise:
                return keras.layers.DepthwiseConv2D(kernel.shape[:2], **more)
            return keras.layers.Conv2D(kernel.shape[3], kernel.shape[:2], groups=groups, **more)
        case Transposed(kernel):
            size = kernel.shape[0]
            return keras.layers.Conv2DTranspose(kernel.shape[3], size, strides=size, use_bias=False)
        case Normalization():
            return keras.layers.BatchNormalization()
        case Pool(size, "max", strides, _):
            return keras.layers.MaxPooling2D(size, strides or size)
        case Pool(size, _, strides, _):
            return keras.layers.AveragePooling2D(size, strides or size)
        case GlobalAverage():
            return keras.layers.GlobalAveragePooling2D()
        case Activation(name):
            return keras.layers.Activation(name)
        case Add():
            return keras.layers.Add()
        case Concatenate():
            return keras.layers.Concatenate()
        case Dense(kernel):
            return keras.layers.Dense(kernel.shape[1], use_bias=False)
