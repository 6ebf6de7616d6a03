"""What enters a model of Keras."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cnnviz.errors import ModelError, UsageError
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.placing import maps, placed
from cnnviz.interchange.keras.graph import Graph
from cnnviz.interchange.keras.layers import Call
from cnnviz.interchange.model import ImportOptions
from cnnviz.io.hdf5.dialects import CHANNELS_FIRST

_GUESS = 224
"""Height and width to check with where the file leaves them open."""

_LONGEST = 1 << 16


class Picture:
    """What enters the model."""

    def __init__(self, graph: Graph, calls: Sequence[Call], options: ImportOptions) -> None:
        self.remarks: list[str] = []
        self.entry: dict[str, Any] = {}
        shape = self._shape(graph.input_shape)
        given = (options.height, options.width)
        if len(shape) == 3:
            formats = [found for call in calls if (found := call.layer.fields.get("data_format"))]
            first = bool(formats) and formats[0] == CHANNELS_FIRST
            *sides, channels = (*shape[1:], shape[0]) if first else shape
            height, width = self._sides(sides, given)
            channels = 3 if channels is None else channels
            self.layout = maps(height, width, channels) if first else placed((height, width, channels), (1, 2, 3))
        elif len(shape) == 2:
            height, width = self._sides(shape, given)
            channels = 1
            image = placed((height, width, 1), (1, 2, 3))
            self.layout = Layout(image.axes, image.order[:3])
        else:
            units = shape[0]
            if units is None:
                raise ModelError("what enters the model is a vector whose length the file leaves open")
            side = math.isqrt(units)
            height, width = self._sides((side, side) if side * side == units else (1, units), given)
            channels = 1
            image = placed((height, width, 1), (1, 2, 3))
            self.layout = Layout(image.axes, ((), image.flat)).tidy()
            self.remarks.append(f"the model takes {units:,} numbers in a row: a gray picture of {height}x{width}")
        if max(height, width, channels) > _LONGEST or height * width * channels > 1 << 32:
            raise ModelError(f"what enters it, {height} x {width} x {channels}, is too large")
        if channels in (1, 3):
            self.entry["color"] = "gray" if channels == 1 else "rgb"
        else:
            self.remarks.append(
                f"the model takes {channels} channels: give a .npy array of height x width x {channels}"
            )

    def _shape(self, given: Any) -> list[int | None]:
        if not isinstance(given, list) or not all(
            length is None or (isinstance(length, int) and not isinstance(length, bool) and length > 0)
            for length in given
        ):
            raise ModelError("the file does not say the shape of what enters the model")
        if not 2 <= len(given) <= 4:
            raise ModelError(f"what enters the model has {len(given) - 1} axes; a picture has two or three")
        return given[1:]

    def _sides(self, own: Sequence[int | None], given: Sequence[int | None]) -> list[int]:
        found = []
        for what, side, wanted in zip(("height", "width"), own, given, strict=True):
            if side is not None and wanted is not None and side != wanted:
                raise UsageError(f"the model is made for pictures of {what} {side}, not {wanted}")
            found.append(side or wanted or _GUESS)
        if all(side or wanted for side, wanted in zip(own, given, strict=True)):
            self.entry["size"] = found
        return found
