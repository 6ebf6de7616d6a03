"""Kernels that lie otherwise in a file than here: those of Theano, and those of Keras 1.

Theano's convolution turns a kernel by 180 degrees, all others' does not; Keras 1 had another order of axes where the
channels came first, and for its transposed convolutions. What is done here is what Keras 2 does when it loads such a
file (`preprocess_weights_for_loading` and `convert_kernel`): the kernels of `SeparableConv2D` and `DepthwiseConv2D`
stay, for Keras turned them itself on Theano.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.hdf5.names import is_keras_1
from cnnviz.io.hdf5.reading import FileWeights, Shape, StoredWeight

CONVOLUTIONS = ("Conv2D", "Conv2DTranspose")
_Axes = dict[str, tuple[int, ...] | None]
_CHANNELS_FIRST: _Axes = {"Conv2D": (2, 3, 1, 0), "Conv2DTranspose": (2, 3, 0, 1)}
_CHANNELS_LAST: _Axes = {"Conv2D": None, "Conv2DTranspose": (0, 1, 3, 2)}


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


def kernel_turns(file: FileWeights, kernels: Sequence[tuple[str, StoredWeight, Shape]]) -> tuple[dict[str, Turn], str]:
    """Tell what the kernels of a file need, from all of them together.

    Args:
        file: The file.
        kernels: The kind of every layer that convolves, its kernel, and the shape that is needed.

    Returns:
        By kind, how the kernel of such a layer is to be turned; and what cannot be known of them, empty if all can.
    """
    if not written_by_keras_1(file):
        return turns_of(file), ""
    doubt = "Keras 1 wrote it, without its backend: if that was Theano, the kernels need turning by 180 degrees"
    return turns_of(file, _is_channels_first(file, kernels)), doubt if kernels and not file.backend else ""


def turns_of(file: FileWeights, channels_first: bool = False) -> dict[str, Turn]:
    """Return how the kernels of a file are to be turned, by kind.

    Args:
        file: The file.
        channels_first: Whether the channels come first in the layer, which matters for kernels of Keras 1.
    """
    flip = file.backend == "theano"
    if not written_by_keras_1(file):
        return {kind: Turn(None, flip) for kind in CONVOLUTIONS}
    axes = _CHANNELS_FIRST if channels_first else _CHANNELS_LAST
    return {kind: Turn(axes[kind], flip) for kind in CONVOLUTIONS}


def written_by_keras_1(file: FileWeights) -> bool:
    """Whether Keras 1 wrote a file, by its version or, where it says none, by the names of its weights."""
    names = (weight.name for weights in file.layers.values() for weight in weights)
    return file.keras_version.startswith("1.") or (not file.keras_version and any(map(is_keras_1, names)))


def _is_channels_first(file: FileWeights, kernels: Sequence[tuple[str, StoredWeight, Shape]]) -> bool:
    said = {str(layer.fields.get("dim_ordering")) for layer in file.config if "dim_ordering" in layer.fields}
    if said:
        return "th" in said
    first, last = (
        sum(Turn(axes[kind]).shape(weight.shape) == shape for kind, weight, shape in kernels)
        for axes in (_CHANNELS_FIRST, _CHANNELS_LAST)
    )
    return first > last
