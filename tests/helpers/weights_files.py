"""A weights file and what is said of it, for the tests of HDF5."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cnnviz.errors import WeightsError
from cnnviz.io.hdf5.matching import Match, match_weights
from cnnviz.io.hdf5.reading import read_weights
from cnnviz.io.hdf5.writing import write_weights

NAMES = ["conv_1", "relu", "d"]
WEIGHTS = {
    "conv_1": {"kernel": np.arange(72, dtype=np.float32).reshape(3, 3, 2, 4), "bias": np.zeros(4, np.float32)},
    "d": {"kernel": np.ones((5, 3), np.float32)},
}


def shapes(weights: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, tuple[int, ...]]]:
    return {layer: {name: array.shape for name, array in arrays.items()} for layer, arrays in weights.items()}


SPECS = shapes(WEIGHTS)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refusal(path: Path, specs: Any = SPECS) -> str:
    """Return what is said of a file, without its folder."""
    with pytest.raises(WeightsError) as caught:
        match_weights(read_weights(path), specs)
    assert all(line.startswith((str(path), f"cannot read {path}")) for line in str(caught.value).splitlines())
    return str(caught.value).replace(f"{path.parent}{os.sep}", "")


@contextlib.contextmanager
def spoilt(path: Path) -> Iterator[h5py.File]:
    """A file of ours, open to be spoilt: without the values of the layer `d`."""
    write_weights(path, WEIGHTS, NAMES)
    with h5py.File(path, "r+") as file:
        del file["d/d/kernel:0"]
        yield file


def save_keras(
    path: Path, entries: Mapping[str, Mapping[str, Any]], *, root: str = "/", config: Any = None, **attributes: str
) -> None:
    """Write Keras's legacy layout: `entries["inner"]["inner/conv/kernel:0"]`."""
    with h5py.File(path, "w") as file:
        base = file.require_group(root)
        base.attrs["layer_names"] = [name.encode() for name in entries]
        base.attrs.update({"backend": "tensorflow", "keras_version": "2.15.0"} | attributes)
        for name, weights in entries.items():
            group = base.create_group(name)
            group.attrs["weight_names"] = [weight.encode() for weight in weights]
            for weight, array in weights.items():
                group[weight] = array
        if config is not None:
            file.attrs["model_config"] = json.dumps(config)


def said(path: Path, found: Match) -> list[str]:
    """Return the remarks, without the file's name."""
    return [remark.removeprefix(f"{path}: ") for remark in found.remarks]
