"""Weights in HDF5: whole models in Keras's legacy layout, and the `model.weights.h5` of a `.keras`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from pathlib import Path

from cnnviz.errors import ModelError, WeightsError
from cnnviz.interchange.drafting.building import UnsayableError
from cnnviz.interchange.keras.layers import ModelLayer
from cnnviz.interchange.keras.weights import Store, StoredArray
from cnnviz.io.files import show_path
from cnnviz.io.hdf5.layout import read_plain
from cnnviz.io.hdf5.opening import open_hdf5
from cnnviz.io.hdf5.reading import FLOATS, FileWeights, StoredWeight
from cnnviz.io.hdf5.turning import CONVOLUTIONS, Turn, turns_of
from cnnviz.io.hdf5.units import FileLayer, units_of
from cnnviz.layers.base import Array

_FILL = 1 << 12
"""So many numbers no byte stands for: zeros are packed to a part of 258."""


def read_description(path: Path) -> str | bytes:
    """Return a whole model's description of itself.

    Raises:
        ModelError: If the file holds weights alone.
    """
    shown = show_path(path)
    with open_hdf5(path) as file:
        if "model_config" not in file.attrs:
            raise ModelError(
                f"{shown} holds weights, but no layers (no `model_config`); give it as --weights to a stack, or save "
                "the whole model with `model.save`"
            )
        text = read_plain(file, "model_config")
    if not isinstance(text, str | bytes):
        raise ModelError(f"{shown}: its description of the model (model_config) is no text")
    return text


class _Hdf5Store(Store):
    """Weights in an HDF5 file."""

    def __init__(self, file: FileWeights) -> None:
        super().__init__()
        self.file = file

    def stored(self, weights: Sequence[StoredWeight]) -> list[StoredArray]:
        """Describe arrays, to be read when they are wanted."""
        return [StoredArray(weight.name, weight.shape, partial(self._read, weight)) for weight in weights]

    def _read(self, weight: StoredWeight) -> Array:
        if weight.dtype not in FLOATS and not weight.dtype.startswith("int"):
            raise UnsayableError(f"its {weight.name[-60:]} holds values of {weight.dtype}, not floating-point numbers")
        if prod(weight.shape) > _FILL * weight.size:
            raise UnsayableError(f"its {weight.name[-60:]} has room for the values, but they were never written")
        try:
            return self.file.read({"": {"": weight}})[""][""]
        except WeightsError as error:
            raise UnsayableError(f"its {weight.name[-60:]} cannot be read: the file is damaged") from error


class WholeModelStore(_Hdf5Store):
    """The weights of a whole model: by the names of its layers."""

    def __init__(self, file: FileWeights) -> None:
        super().__init__(file)
        self.inner: dict[tuple[str, ...], FileLayer] = {
            unit.path: unit for unit in units_of(file) if not unit.whole and len(unit.path) > 1
        }

    def find(self, layer: ModelLayer) -> Sequence[StoredArray]:
        if len(layer.path) == 1:
            return self.stored(self.file.layers.get(layer.path[0], ()))
        unit = self.inner.get(layer.path)
        return self.stored(unit.weights) if unit is not None else ()

    def turn(self, layer: ModelLayer) -> Turn:
        if layer.kind not in CONVOLUTIONS:
            return Turn()
        first = layer.fields.get("data_format") == "channels_first"
        return turns_of(self.file, first)[layer.kind]


class ArchiveStore(_Hdf5Store):
    """The weights of a `.keras`: by the classes of its layers, counted in each model."""

    def find(self, layer: ModelLayer) -> Sequence[StoredArray]:
        found = self.file.layers.get("/".join(layer.place))
        if found is None and self.file.entries is not None:
            # A layer that belongs to two models is saved with the first.
            named = [
                place
                for place, entry in self.file.entries.items()
                if entry.path
                and entry.path[-1] == layer.path[-1]
                and entry.kind == layer.place[-1].rstrip("_0123456789")
            ]
            found = self.file.layers[named[0]] if len(named) == 1 else None
        return self.stored(found or ())
