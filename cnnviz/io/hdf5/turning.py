"""Kernels that lie otherwise in a file than here: those of Theano, and those of Keras 1.

Theano's convolution turns a kernel by 180 degrees, all others' does not; Keras 1 had another order of axes where the
channels came first, and for its transposed convolutions. What is done here is what Keras 2 does when it loads such a
file (`preprocess_weights_for_loading` and `convert_kernel`): the kernels of `SeparableConv2D` and `DepthwiseConv2D`
stay, for Keras turned them itself on Theano.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.hdf5.names import is_keras_1
from cnnviz.io.hdf5.reading import FileWeights, Shape, StoredWeight

CONVOLUTIONS = ("Conv2D", "Conv2DTranspose")
_CHANNELS_FIRST = {"Conv2D": (2, 3, 1, 0), "Conv2DTranspose": (2, 3, 0, 1)}
_CHANNELS_LAST = {"Conv2D": (0, 1, 2, 3), "Conv2DTranspose": (0, 1, 3, 2)}


class Turn(NamedTuple):
    """How a kernel comes to lie as it does here.

    Attributes:
        axes: Which axis of the file's becomes the first, and so on; None to leave them.
        flip: Whether it is turned by 180 degrees then.
    """

    axes: tuple[int, ...] | None = None
    flip: bool = False

    def shape(self, shape: Shape | None) -> Shape | None:
        """Return the shape that an array gets."""
        if self.axes is None or shape is None or len(shape) != len(self.axes):
            return shape
        return tuple(shape[axis] for axis in self.axes)

    def apply(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the array as it lies here."""
        if self.axes is not None:
            array = array.transpose(self.axes)
        return np.ascontiguousarray(array[::-1, ::-1] if self.flip else array)


class Turns:
    """What a file's kernels need.

    Attributes:
        doubt: What cannot be known of them; empty if all can.
    """

    def __init__(self, file: FileWeights, kernels: Iterable[tuple[str, StoredWeight, Shape]]) -> None:
        """Look at all kernels of the file together.

        Args:
            file: The file.
            kernels: The kind of every layer that convolves, its kernel, and the shape that is needed.
        """
        kernels = list(kernels)
        names = [weight.name for weights in file.layers.values() for weight in weights]
        self._keras_1 = file.keras_version.startswith("1.") or (not file.keras_version and any(map(is_keras_1, names)))
        self.doubt = ""
        self._flip = file.backend == "theano"
        self._axes: Mapping[str, tuple[int, ...]] = {}
        if self._keras_1:
            first = self._is_channels_first(file, kernels)
            self._axes = _CHANNELS_FIRST if first else _CHANNELS_LAST
            if not file.backend and kernels:
                self.doubt = (
                    "Keras 1 wrote it, without its backend: if that was Theano, the kernels need turning by 180 degrees"
                )

    def of(self, kind: str, weight: str) -> Turn:
        """Return what a weight needs.

        Args:
            kind: Of its layer, such as `Conv2D`.
            weight: What it is, such as `kernel`.
        """
        if kind not in CONVOLUTIONS or weight != "kernel":
            return Turn()
        axes = self._axes.get(kind)
        return Turn(None if axes == (0, 1, 2, 3) else axes, self._flip)

    @staticmethod
    def _is_channels_first(file: FileWeights, kernels: list[tuple[str, StoredWeight, Shape]]) -> bool:
        said = {str(layer.fields.get("dim_ordering")) for layer in file.config if "dim_ordering" in layer.fields}
        if said:
            return "th" in said
        first = [Turn(_CHANNELS_FIRST[kind]).shape(weight.shape) == shape for kind, weight, shape in kernels]
        last = [Turn(_CHANNELS_LAST[kind]).shape(weight.shape) == shape for kind, weight, shape in kernels]
        return sum(first) > sum(last)
