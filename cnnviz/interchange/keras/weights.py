"""The weights of a model's layers, wherever a file keeps them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnviz.interchange.drafting.building import UnsayableError
from cnnviz.interchange.keras.layers import ModelLayer
from cnnviz.io.hdf5.names import weight_of
from cnnviz.io.hdf5.turning import Turn
from cnnviz.layers.base import Array, Shape
from cnnviz.wording import listed, shape_text

LIMIT = 8 << 30
"""Bytes of all weights together; the largest of `keras.applications` has 1.4 GB."""


class StoredArray(NamedTuple):
    """An array in a file.

    Attributes:
        name: What the file calls it; it need not say what it is.
        shape: Its shape.
        read: Returns it, in float32.
    """

    name: str
    shape: Shape
    read: Callable[[], Array]


class Store(ABC):
    """The weights in a file."""

    def __init__(self) -> None:
        self.read_layers: dict[tuple[str, ...], list[Array]] = {}
        self.bytes = 0

    @abstractmethod
    def find(self, layer: ModelLayer) -> Sequence[StoredArray]:
        """Return the weights of a layer in the order of Keras; empty if it has none.

        Raises:
            UnsayableError: If they cannot be told from others'.
        """

    def turn(self, layer: ModelLayer) -> Turn:
        """Return what the layer's kernel needs to lie as Keras 3 has it."""
        return Turn()

    def read(self, layer: ModelLayer, specs: Mapping[str, Shape], skip: Sequence[str] = ()) -> dict[str, Array]:
        """Read the weights of a layer.

        Args:
            layer: The layer.
            specs: The shapes that it needs, in the order of Keras.
            skip: Names of weights at the end that the file may have beside.

        Raises:
            UnsayableError: If the file has others.
        """
        stored = list(self.find(layer))
        names = [weight_of(array.name) for array in stored]
        by_name = dict(zip(names, stored, strict=True))
        if set(specs) <= set(by_name) and len(by_name) == len(stored):
            wanted = {name: by_name.pop(name) for name in specs}
            extra = [array.name for name, array in by_name.items() if name not in skip]
        else:
            wanted = dict(zip(specs, stored, strict=False))
            extra = [array.name for array in stored[len(specs) + len(skip) :]]
        if len(wanted) < len(specs) or extra:
            has = listed([array.name[-60:] for array in stored[:10]]) if stored else "no weights"
            raise UnsayableError(f"the file has {has} for it, its description needs {listed(list(specs))}")
        turn = self.turn(layer)
        for name, array in wanted.items():
            shape = turn.shape(array.shape) if name == "kernel" else array.shape
            if shape != specs[name]:
                raise UnsayableError(
                    f"its {name} is {_text(array.shape)} in the file, but {_text(specs[name])} by its description"
                )
        if layer.path not in self.read_layers:
            self.bytes += sum(4 * prod(array.shape) for array in wanted.values())
            if self.bytes > LIMIT:
                raise UnsayableError(f"the model has more than {LIMIT:,} bytes of weights, too many")
            self.read_layers[layer.path] = [
                turn.apply(array.read()) if name == "kernel" else array.read() for name, array in wanted.items()
            ]
        return dict(zip(specs, self.read_layers[layer.path], strict=True))


def nonfinite(arrays: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Say which weights are not all finite."""
    return [
        f'layer "{layer}", {name}: {count:,} of {array.size:,} values are NaN or infinite (in float32)'
        for layer, weights in arrays.items()
        for name, array in weights.items()
        if (count := array.size - int(np.count_nonzero(np.isfinite(array))))
    ]


def _text(shape: Shape) -> str:
    return shape_text(shape) if shape else "a single number"
