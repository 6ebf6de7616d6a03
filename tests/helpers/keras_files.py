"""Models of Keras written by hand, in each form that they come in."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from cnnviz.layers import snake_case
from tests.helpers.weights_files import save_keras

Weights = Mapping[str, Sequence[Any]]
"""The weights of each layer, in the order of Keras."""

KERNEL = np.random.default_rng(0).normal(0, 0.3, (3, 3, 3, 2)).astype(np.float32)
ROWS = np.random.default_rng(1).normal(0, 0.3, (32, 3)).astype(np.float32)
WEIGHTS: Weights = {
    "conv": [KERNEL, np.array([0.1, -0.2], np.float32)],
    "scores": [ROWS, np.array([0.0, 0.1, 0.2], np.float32)],
}


def layer(kind: str, name: str, *inputs: str, nodes: Any = None, **fields: Any) -> dict[str, Any]:
    """Describe a layer of a functional model, as Keras 2 does."""
    found = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, **fields},
        "inbound_nodes": found if nodes is None else nodes,
    }


def functional(*layers: Any, outputs: Any = None, inputs: Any = None, name: str = "model") -> dict[str, Any]:
    """Describe a functional model from its first layer to its last."""
    config = {
        "name": name,
        "layers": list(layers),
        "input_layers": [[layers[0]["name"], 0, 0]] if inputs is None else inputs,
        "output_layers": [[layers[-1]["name"], 0, 0]] if outputs is None else outputs,
    }
    return {"class_name": "Functional", "config": config}


def small() -> dict[str, Any]:
    """Describe a network of a convolution and a dense layer."""
    return functional(
        layer("InputLayer", "picture", batch_input_shape=[None, 6, 6, 3]),
        layer("Conv2D", "conv", "picture", filters=2, kernel_size=[3, 3], activation="relu", padding="valid"),
        layer("Flatten", "flat", "conv", data_format="channels_last"),
        layer("Dense", "scores", "flat", units=3, activation="softmax"),
    )


def whole(path: Path, description: Any, weights: Weights = WEIGHTS, version: str = "2.15.0") -> Path:
    """Write a whole model in HDF5."""
    entries = {
        name: {f"{name}/{number}:0": array for number, array in enumerate(arrays)} for name, arrays in weights.items()
    }
    save_keras(path, entries, root="model_weights", config=description, keras_version=version)
    if isinstance(description, str):
        with h5py.File(path, "a") as file:
            file.attrs["model_config"] = description
    return path


def archive(
    path: Path, description: Any, weights: Weights = WEIGHTS, parts: Mapping[str, bytes] | None = None, **options: Any
) -> Path:
    """Write a `.keras`.

    Args:
        path: The file.
        description: The model's description.
        weights: Weights by layer, of a model without models in it.
        parts: Contents of the archive in the place of these.
        **options: Of `ZipFile`.
    """
    buffer = io.BytesIO()
    counts: dict[str, int] = {}
    with h5py.File(buffer, "w") as file:
        for entry in description["config"]["layers"]:
            kind = snake_case(entry["class_name"])
            place = f"layers/{kind}_{counts[kind]}" if kind in counts else f"layers/{kind}"
            counts[kind] = counts.get(kind, 0) + 1
            variables = file.require_group(f"{place}/vars")
            for number, array in enumerate(weights.get(entry["config"]["name"], ())):
                variables[str(number)] = array
    contents = {
        "metadata.json": json.dumps({"keras_version": "3.9.0"}).encode(),
        "config.json": json.dumps(description).encode(),
        "model.weights.h5": buffer.getvalue(),
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, content in contents.items():
            file.writestr(name, content)
    return path


def layers_model(
    folder: Path, description: Any, weights: Weights = WEIGHTS, changes: Mapping[str, Any] | None = None
) -> Path:
    """Write a layers-model of TensorFlow.js.

    Args:
        folder: Where to.
        description: The model's description.
        weights: Weights by layer.
        changes: Entries of the manifest's only group in the place of these.
    """
    names = {"conv": ("kernel", "bias"), "scores": ("kernel", "bias")}
    entries, data = [], b""
    for owner, arrays in weights.items():
        for name, array in zip(names[owner], arrays, strict=True):
            entries.append({"name": f"{owner}/{name}", "shape": list(array.shape), "dtype": "float32"})
            data += np.asarray(array, "<f4").tobytes()
    (folder / "weights.bin").write_bytes(data)
    group = {"paths": ["weights.bin"], "weights": entries, **(changes or {})}
    model = {"format": "layers-model", "modelTopology": description, "weightsManifest": [group]}
    (folder / "model.json").write_text(json.dumps(model))
    return folder / "model.json"
