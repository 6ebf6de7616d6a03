"""The weights that a file has for a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnnviz.io.files import show_path
from cnnviz.io.hdf5.matching import match_weights
from cnnviz.io.hdf5.reading import FileWeights
from cnnviz.layers.base import Array
from cnnviz.stack.description import differences
from cnnviz.stack.graph import Node


class LoadedWeights(NamedTuple):
    """What a file has for a stack.

    Attributes:
        weights: Weights by layer and weight name, float32.
        remarks: What a user should know, each a clause that names the file.
    """

    weights: Mapping[str, Mapping[str, Array]]
    remarks: Sequence[str]


def load_weights(file: FileWeights, nodes: Sequence[Node]) -> LoadedWeights:
    """Take the weights that fit the layers.

    Args:
        file: The file.
        nodes: The layers in order.

    Raises:
        WeightsError: If a layer's weights do not fit, or no layer of the file is one of the stack.
    """
    specs = {node.layer.name: {name: w.shape for name, w in node.weights.items()} for node in nodes if node.weights}
    kinds = {node.layer.name: type(node.layer).__name__ for node in nodes}
    match = match_weights(file, specs, kinds)
    told = (f"{show_path(file.name)}: {text}" for text in differences(nodes, file.config, match.paths))
    return LoadedWeights(match.arrays, [*match.remarks, *told])
