"""Channels laid out as blocks of pixels."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnviz.errors import LayerError
from cnnviz.layers.base import Shape, need_image
from cnnviz.layers.fields import Positive
from cnnviz.layers.reading import Rearranged
from cnnviz.layers.rearrangement import Rearranging, spread_window


class DepthToSpace(Rearranging, frozen=True, kw_only=True):
    """Lays the channels of each pixel out as a block of pixels: larger maps, and fewer.

    In the mode `DCR` the channels of a block's first pixel come first (as in ONNX and TensorFlow), in `CRD` the values
    of an output channel lie side by side (PyTorch's pixel shuffle).
    """

    in_keras: ClassVar[bool] = False

    block_size: Positive
    mode: Literal["DCR", "CRD"] = "DCR"

    def output_shape(self, *shapes: Shape) -> Shape:
        height, width, channels = need_image(shapes[0])
        size = self.block_size
        if channels % size**2:
            raise LayerError(
                f"the input's channels (={channels}) must be divisible by {size**2}, the pixels of a block",
                "block_size",
            )
        return (height * size, width * size, channels // size**2)

    def arrangement(self, shape: Shape) -> Rearranged:
        height, width, channels = shape
        size = self.block_size
        parts = (height, size, width, size, channels // size**2)
        order = (0, 2, 1, 3, 4) if self.mode == "DCR" else (0, 2, 4, 1, 3)
        return Rearranged(spread_window(height, size), spread_window(width, size), parts, order)

    def words(self) -> str:
        return f"The channels of a pixel became a block of {self.block_size}x{self.block_size}: this is one of them."
