"""Layers-models of TensorFlow.js, made of whole models in HDF5 as its converter makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np


def write_layers_model(folder: Path, whole: Path, quantise: str = "", shard_bytes: int = 1 << 22) -> Path:
    """Write a `model.json` and its shards.

    Args:
        folder: Where to.
        whole: A whole model in HDF5.
        quantise: `uint8`, `uint16` or `float16`; empty for float32.
        shard_bytes: The size of a shard.
    """
    folder.mkdir(exist_ok=True)
    with h5py.File(whole) as file:
        topology = {
            "keras_version": file["model_weights"].attrs["keras_version"],
            "backend": "tensorflow",
            "model_config": json.loads(file.attrs["model_config"]),
        }
        weights, data = [], b""
        root = file["model_weights"]
        for layer in root.attrs["layer_names"]:
            group = root[layer]
            for name in group.attrs["weight_names"]:
                name = name.decode() if isinstance(name, bytes) else name
                entry, stored = _entry(name.removesuffix(":0"), group[name][()], quantise)
                weights.append(entry)
                data += stored
    parts = [data[start : start + shard_bytes] for start in range(0, len(data), shard_bytes)]
    paths = [f"group1-shard{number}of{len(parts)}.bin" for number in range(1, len(parts) + 1)]
    for name, part in zip(paths, parts, strict=True):
        (folder / name).write_bytes(part)
    model = {
        "format": "layers-model",
        "generatedBy": "keras",
        "modelTopology": topology,
        "weightsManifest": [{"paths": paths, "weights": weights}],
    }
    (folder / "model.json").write_text(json.dumps(model))
    return folder / "model.json"


def _entry(name: str, array: Any, quantise: str) -> tuple[dict[str, Any], bytes]:
    array = np.asarray(array, np.float32)
    entry: dict[str, Any] = {"name": name, "shape": list(array.shape), "dtype": "float32"}
    if quantise == "float16":
        entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
        return entry, array.astype("<f2").tobytes()
    if quantise:
        kind = np.dtype(quantise)
        low, high = float(array.min()), float(array.max())
        scale = (high - low) / np.iinfo(kind).max or 1.0
        entry["quantization"] = {"dtype": quantise, "min": low, "scale": scale, "original_dtype": "float32"}
        return entry, np.round((array - low) / scale).astype(kind.newbyteorder("<")).tobytes()
    return entry, array.astype("<f4").tobytes()
