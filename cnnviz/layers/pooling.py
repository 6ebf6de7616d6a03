"""What the pooling layers share."""

from __future__ import annotations

from math import gcd
from typing import ClassVar, Literal

from cnnviz.errors import LayerError
from cnnviz.layers.base import Layer, Shape, need_image
from cnnviz.layers.fields import ConvPadding, PositivePair, pair
from cnnviz.layers.reading import Along, Reads
from cnnviz.layers.sliding import explicit_sides, shown_extent, slide, window_formula
from cnnviz.ops.sliding import Sliding, Window
from cnnviz.wording import shape_text


class WindowPooling(Layer, frozen=True, kw_only=True):
    """Sums up each window of each map in one value."""

    motion: ClassVar[Literal["slides"]] = "slides"

    pool_size: PositivePair
    strides: PositivePair | None = None
    padding: ConvPadding = "valid"
    ceil_mode: bool = False
    dilation_rate: PositivePair = 1

    def sliding(self, *shapes: Shape) -> Sliding:
        sliding = self._slide(shapes[0], self.ceil_mode)
        for window, axis in zip(sliding, ("row", "column"), strict=True):
            if _has_padding_alone(window):
                raise LayerError(
                    f"a window has no {axis} of the input ({shape_text(shapes[0])}), but padding alone; pad less, or "
                    "make `dilation_rate` smaller",
                    "padding" if self.padding != "same" else "dilation_rate",
                )
        return sliding

    def formula(self, *shapes: Shape) -> tuple[str, ...]:
        sliding = self.sliding(*shapes)
        if not self.ceil_mode or self.padding == "same":
            return window_formula(sliding)
        top, bottom, left, right = explicit_sides(self.padding)
        return (_ceil_formula(sliding.rows, top + bottom), _ceil_formula(sliding.columns, left + right))

    def padded(self, shape: Shape) -> tuple[int, int, int, int]:
        """Return the pixels of padding, without those that a last step of `ceil_mode` leads to."""
        if self.padding != "same":
            return explicit_sides(self.padding)
        rows, columns = self._slide(shape, False)
        return rows.before, rows.after, columns.before, columns.after

    def _slide(self, shape: Shape, ceil: bool) -> Sliding:
        size, strides = pair(self.pool_size), pair(self.pool_size if self.strides is None else self.strides)
        return slide(shape, size, strides, self.padding, pair(self.dilation_rate), "pool_size", ceil)


class GlobalPooling(Layer, frozen=True, kw_only=True):
    """Sums up each map in one value.

    Attributes:
        keepdims: Keep the result an image of one pixel rather than a vector.
    """

    keepdims: bool = False

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = need_image(shapes[0])[2]
        return (1, 1, channels) if self.keepdims else (channels,)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return ((None, None, Along(2 if self.keepdims else 0, Window(shapes[0][2]))),)

    def after_shares(self, *shapes: Shape) -> Layer | None:
        return self if shapes[0][:2] == (1, 1) else None


def _has_padding_alone(window: Window) -> bool:
    """Tell whether some place of the output reads no place of the input."""
    if window.before >= window.extent or window.start + (window.output - 1) * window.stride >= window.input:
        return True
    # Between two taps there may be room for the whole input. What is left over comes again after so many places.
    places = range(min(window.output, window.dilation // gcd(window.stride, window.dilation)))
    return any((window.start + place * window.stride) % window.dilation >= window.input for place in places)


def _ceil_formula(window: Window, padding: int) -> str:
    """Write how a length comes about that is rounded up."""
    room = window.input + padding
    steps = -(-(room - window.extent) // window.stride)
    dropped = " - 1" if steps + 1 > window.output else ""
    left = f"ceil(({window.input} + {padding} - {shown_extent(window)}) / {window.stride}) + 1{dropped}"
    return f"{left} = {window.output}"
