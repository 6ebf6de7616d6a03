"""Blocks of pixels laid one behind the other, as channels."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnviz.errors import LayerError
from cnnviz.layers.base import Shape, need_image
from cnnviz.layers.fields import Positive
from cnnviz.layers.reading import Rearranged
from cnnviz.layers.rearrangement import Rearranging
from cnnviz.ops.sliding import Window
from cnnviz.wording import shape_text


class SpaceToDepth(Rearranging, frozen=True, kw_only=True):
    """Makes channels of the pixels of each block: smaller maps, and more.

    In the mode `DCR` the channels of a block's first pixel come first (as in ONNX and TensorFlow), in `CRD` the pixels
    of an input channel lie side by side (PyTorch's pixel unshuffle).
    """

    in_keras: ClassVar[bool] = False

    block_size: Positive
    mode: Literal["DCR", "CRD"] = "DCR"

    def output_shape(self, *shapes: Shape) -> Shape:
        height, width, channels = need_image(shapes[0])
        size = self.block_size
        if height % size or width % size:
            raise LayerError(
                f"height and width of the input ({shape_text(shapes[0])}) must be divisible by `block_size` (={size}); "
                "pad or crop",
                "block_size",
            )
        return (height // size, width // size, channels * size**2)

    def arrangement(self, shape: Shape) -> Rearranged:
        height, width, channels = shape
        size = self.block_size
        rows, columns = (Window(length, size, size) for length in (height, width))
        if self.mode == "DCR":
            parts, order = (height // size, width // size, size, size, channels), (0, 2, 1, 3, 4)
        else:
            parts, order = (height // size, width // size, channels, size, size), (0, 3, 1, 4, 2)
        return Rearranged(rows, columns, parts, order)

    def words(self) -> str:
        return f"The pixels of a block of {self.block_size}x{self.block_size} became channels: this is one of them."
