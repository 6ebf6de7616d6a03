"""The weights of a stack: made by the initialisers, or taken from a file by layer name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from cnnviz.layers.base import Array
from cnnviz.stack.graph import Node

Origin = Literal["file", "initialised"]


class StackWeights(msgspec.Struct, frozen=True):
    """The weights of every layer that has any.

    Attributes:
        arrays: `arrays["conv_1"]["kernel"]`: float32, Keras's names and shapes.
        origins: Where each layer's weights came from.
    """

    arrays: dict[str, dict[str, Array]]
    origins: dict[str, Origin]

    @property
    def whole_from_file(self) -> bool:
        """Whether every weight came from a file."""
        return bool(self.origins) and all(origin == "file" for origin in self.origins.values())

    def sha256(self) -> str:
        """Hash names, shapes and values, layer by layer."""
        return hash_weights(self.arrays)


def hash_weights(arrays: Mapping[str, Mapping[str, Array]]) -> str:
    """Hash names, shapes and values, layer by layer."""
    digest = hashlib.sha256()
    for layer, weights in arrays.items():
        for name, array in weights.items():
            digest.update(f"{layer}/{name} {array.shape}\n".encode())
            digest.update(np.ascontiguousarray(array, "<f4").data)
    return digest.hexdigest()


class LoadedWeights(NamedTuple):
    """What a file has for a stack.

    Attributes:
        weights: Weights by layer and weight name, float32.
        remarks: What a user should know, each a clause that names the file.
    """

    weights: Mapping[str, Mapping[str, Array]]
    remarks: Sequence[str]


def make_weights(
    nodes: Sequence[Node], seed: int, given: Mapping[str, Mapping[str, Array]] | None = None
) -> StackWeights:
    """Fill the weights that the layers declare.

    Args:
        nodes: The layers in order, with the weights that each declares.
        seed: Seed of the random initialisers.
        given: Weights to use instead, by layer and weight name, checked already.
    """
    arrays: dict[str, dict[str, Array]] = {}
    origins: dict[str, Origin] = {}
    for node in nodes:
        if not node.weights:
            continue
        name = node.layer.name
        if given and name in given:
            arrays[name] = dict(given[name])
            origins[name] = "file"
        else:
            arrays[name] = {
                weight: spec.initializer.fill(spec, (seed, name, weight)) for weight, spec in node.weights.items()
            }
            origins[name] = "initialised"
    return StackWeights(arrays, origins)


def signature(nodes: Sequence[Node]) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    """Return what decides whether two input shapes can share their weights."""
    return tuple((node.layer.name, name, spec.shape) for node in nodes for name, spec in node.weights.items())


def save_weights(path: str | PathLike[str], nodes: Sequence[Node], weights: StackWeights) -> None:
    """Write weights as an HDF5 file that Keras loads with `load_weights(path, by_name=True)`.

    Args:
        path: The file.
        nodes: The layers in order.
        weights: Their weights.

    Raises:
        OutputError: If the file cannot be written.
    """
    from cnnviz.io.hdf5.writing import write_weights
    from cnnviz.io.targets import place_of

    names = [node.layer.name for node in nodes]
    write_weights(place_of(path), weights.arrays, names, mark=weights.sha256())
