"""cnnviz itself: its public face, with everything that comes with it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py

from cnnviz import load_stack
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

KINDS = {Normalization: "BatchNormalization", GlobalAverage: "GlobalAveragePooling2D", Add: "Add"}
KINDS[Concatenate] = "Concatenate"


def make(work: Work, dtype: str, count: int) -> Any:
    """Make cnnviz ready on so many threads."""
    layers: list[dict[str, Any]] = []
    for i, (layer, reads) in enumerate(work.nodes, 1):
        made = _written(layer)
        made[0]["inputs"] = [f"y{read}" if read else "input" for read in reads]
        made[-1]["name"] = f"y{i}"
        layers += made
    stack = load_stack({"layers": layers})
    with TemporaryDirectory() as folder:
        weights = Path(folder, "weights.h5")
        stack.build(work.x.shape[1:]).save_weights(weights)
        _overwrite(weights, work)
        network = stack.build(work.x.shape[1:], weights=weights, dtype=dtype, threads=count)
    x = work.x.astype(dtype)
    return lambda: list(network.forward(x).values())


def _overwrite(weights: Path, work: Work) -> None:
    """Put everybody's kernels into a file of weights."""
    with h5py.File(weights, "r+") as file:
        for i, layer in enumerate(work.layers, 1):
            if isinstance(layer, Conv | Transposed | Dense):
                turned = isinstance(layer, Transposed) or (isinstance(layer, Conv) and layer.is_depthwise)
                kernel = layer.kernel.transpose(0, 1, 3, 2) if turned else layer.kernel
                file[f"y{i}/y{i}/kernel:0"][...] = kernel


def _written(layer: Layer) -> list[dict[str, Any]]:
    """Write a layer as a stack has it; the second of two reads the first."""
    match layer:
        case Conv(kernel, _, strides, groups):
            made: dict[str, Any] = {"kernel_size": list(kernel.shape[:2]), "use_bias": False, "strides": strides}
            if layer.is_depthwise:
                made |= {"type": "DepthwiseConv2D"}
            else:
                made |= {"type": "Conv2D", "filters": kernel.shape[3], "groups": groups}
            if layer.pad and strides > 1:
                return [{"type": "ZeroPadding2D", "padding": layer.pad}, made]
            return [made | {"padding": "same" if layer.same else "valid"}]
        case Transposed(kernel):
            size = kernel.shape[0]
            made = {"filters": kernel.shape[3], "kernel_size": size, "strides": size, "use_bias": False}
            return [{"type": "Conv2DTranspose"} | made]
        case Pool(size, kind, strides, pad):
            made = {"type": "MaxPooling2D" if kind == "max" else "AveragePooling2D", "pool_size": size}
            # After an activation that lets nothing below zero pass, zeros around are what a pooling's padding is.
            return [{"type": "ZeroPadding2D", "padding": pad}] * bool(pad) + [made | {"strides": strides or size}]
        case Activation(name):
            return [{"type": "Activation", "activation": name}]
        case Dense(kernel):
            return [{"type": "Flatten"}, {"type": "Dense", "units": kernel.shape[1], "use_bias": False}]
        case _:
            return [{"type": KINDS[type(layer)]}]
