"""Model files whose reader is the tests' own: what the commands make of a model does not depend on what wrote it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from cnnviz.errors import ModelError
from cnnviz.interchange.model import ImportedModel, ImportOptions
from tests.helpers.commands import picture

LAYERS: list[dict[str, Any]] = [
    {"type": "Conv2D", "name": "conv", "filters": 2, "kernel_size": 3, "padding": "same"},
    {"type": "ReLU", "name": "relu"},
    {"type": "MaxPooling2D", "name": "pool"},
    {"type": "GlobalAveragePooling2D", "name": "average"},
    {"type": "Dense", "name": "scores", "units": 2, "activation": "softmax"},
]
SOURCES = {layer["name"]: f"/net/{layer['name']}_output" for layer in LAYERS}


def model_weights() -> dict[str, dict[str, Any]]:
    draw = np.random.default_rng(1).standard_normal
    return {
        "conv": {"kernel": draw((3, 3, 3, 2)).astype(np.float32), "bias": draw(2).astype(np.float32)},
        "scores": {"kernel": draw((2, 2)).astype(np.float32), "bias": draw(2).astype(np.float32)},
    }


def read_model(path: Path, options: ImportOptions) -> ImportedModel:
    """Read a file that says what is to be different from the model above."""
    said = json.loads(path.read_text())
    if "broken" in said:
        raise ModelError(f"{path.name}: {said['broken']}")
    layers = LAYERS
    if options.until:
        end = next(at for at, layer in enumerate(LAYERS) if options.until in (layer["name"], SOURCES[layer["name"]]))
        layers = LAYERS[: end + 1]
    names = {layer["name"] for layer in layers}
    size = said.get("size") or (None if options.height is None else [options.height, options.width])
    document = {
        "name": options.name or "net",
        "input": {"scale": 1 / 255, **({"size": size} if size else {})},
        **({"classes": ["cat", "dog"]} if "scores" in names else {}),
        "layers": layers,
    }
    own = {name: arrays for name, arrays in model_weights().items() if name in names}
    for value in [*options.set_inputs.values(), *([said["bias"]] if "bias" in said else [])]:
        own["conv"]["bias"] = np.full(2, value, np.float32)
    return ImportedModel(document, own, SOURCES, {"pool": "pools as well as it can"}, ["nobody made it"])


def make_models(folder: Path) -> None:
    """Fill a folder with models of any size and of 16x16, a broken one, a picture, and the same stack and weights."""
    (folder / "net.keras").write_text("{}")
    (folder / "fixed.keras").write_text('{"size": [16, 16]}')
    (folder / "broken.keras").write_text('{"broken": "layer \\"odd\\" is of the kind Odd"}')
    picture(folder / "photo.png")
    stack = {"name": "net", "input": {"scale": 1 / 255}, "classes": ["cat", "dog"], "layers": LAYERS}
    (folder / "net.yaml").write_text(json.dumps(stack))
    with h5py.File(folder / "net.h5", "w") as file:
        file.attrs["layer_names"] = [layer["name"].encode() for layer in LAYERS]
        for layer in LAYERS:
            group, arrays = file.create_group(layer["name"]), model_weights().get(layer["name"], {})
            group.attrs["weight_names"] = [f"{layer['name']}/{name}:0".encode() for name in arrays]
            for name, array in arrays.items():
                group[f"{layer['name']}/{name}:0"] = array


def write_keras(path: Path, channels: int = 3) -> None:
    """Write a whole model as Keras 2 did, for pictures of 12x12: a convolution and the scores of two classes."""
    draw = np.random.default_rng(2).standard_normal
    convolution = {"name": "conv", "filters": 2, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid"}
    layers = [
        ("InputLayer", {"name": "photo", "batch_input_shape": [None, 12, 12, channels], "dtype": "float32"}),
        ("Conv2D", {**convolution, "activation": "relu", "use_bias": True, "data_format": "channels_last"}),
        ("GlobalAveragePooling2D", {"name": "average", "data_format": "channels_last"}),
        ("Dense", {"name": "scores", "units": 2, "activation": "softmax", "use_bias": True}),
    ]
    config = {
        "class_name": "Sequential",
        "config": {"name": "net", "layers": [{"class_name": kind, "config": fields} for kind, fields in layers]},
    }
    shapes = {"conv": {"kernel": (3, 3, channels, 2), "bias": (2,)}, "scores": {"kernel": (2, 2), "bias": (2,)}}
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = b"2.15.0", b"tensorflow"
        file.attrs["model_config"] = json.dumps(config).encode()
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [fields["name"].encode() for _, fields in layers[1:]]
        for _, fields in layers[1:]:
            group, own = weights.create_group(fields["name"]), shapes.get(fields["name"], {})
            group.attrs["weight_names"] = [f"{fields['name']}/{name}:0".encode() for name in own]
            for name, shape in own.items():
                group[f"{fields['name']}/{name}:0"] = draw(shape).astype(np.float32)
