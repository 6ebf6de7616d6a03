"""The arithmetic of a window that slides over height and width."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.errors import LayerError
from cnnviz.layers.base import Shape, need_image
from cnnviz.layers.reading import Window
from cnnviz.wording import shape_text

_LISTED = 500
"""Up to so many taps along an axis are listed with those in padding."""


class Sliding(NamedTuple):
    """A window sliding over an image.

    Attributes:
        image: Height and width of the input.
        size: Height and width of the window, in taps.
        strides: Steps along height and width.
        dilation: Input pixels from one tap to the next.
        padding: Added pixels: top, bottom, left, right.
    """

    image: tuple[int, int]
    size: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int, int, int]

    @classmethod
    def over(
        cls,
        shape: Shape,
        size: tuple[int, int],
        strides: tuple[int, int],
        padding: str | int | tuple[int, int, int, int],
        dilation: tuple[int, int] = (1, 1),
        field: str = "kernel_size",
    ) -> Sliding:
        """Place a window over an input.

        Args:
            shape: The input, `(height, width, channels)`.
            size: Taps along height and width.
            strides: Steps along height and width.
            padding: `valid`, `same` (the odd pixel goes after), one number, or top, bottom, left, right.
            dilation: Input pixels from one tap to the next.
            field: The name of the field that holds the size, for the message.

        Raises:
            LayerError: If the window does not fit into the input.
        """
        height, width, _ = need_image(shape)
        image = (height, width)
        extents = [dilation[i] * (size[i] - 1) + 1 for i in (0, 1)]
        if padding == "same":
            sides = []
            for i in (0, 1):
                out = -(-image[i] // strides[i])
                total = max((out - 1) * strides[i] + extents[i] - image[i], 0)
                sides += [total // 2, total - total // 2]
        elif isinstance(padding, str):
            sides = [0, 0, 0, 0]
        else:
            sides = [padding] * 4 if isinstance(padding, int) else list(padding)
        for i, axis in enumerate(("height", "width")):
            room = image[i] + sides[2 * i] + sides[2 * i + 1]
            if extents[i] > room:
                raise LayerError(
                    f"a window of {extents[i]} does not fit into an input {axis} of {room} "
                    f"(input {shape_text(shape)}); make `{field}` smaller, pad, or start from a larger picture",
                    field,
                )
        return cls(image, size, strides, dilation, (sides[0], sides[1], sides[2], sides[3]))

    @property
    def extent(self) -> tuple[int, int]:
        """Height and width of the window in input pixels."""
        return (self.dilation[0] * (self.size[0] - 1) + 1, self.dilation[1] * (self.size[1] - 1) + 1)

    @property
    def out(self) -> tuple[int, int]:
        """Height and width of the output."""
        top, bottom, left, right = self.padding
        rows = (self.image[0] + top + bottom - self.extent[0]) // self.strides[0] + 1
        columns = (self.image[1] + left + right - self.extent[1]) // self.strides[1] + 1
        return rows, columns

    def taps(self, place: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """Return the rows and columns of the input that a place of the output meets; outside of it in padding."""
        rows, columns = ([at for _, at in window.taps(place[i])] for i, window in enumerate(self.windows()))
        return rows, columns

    def read(self, place: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """Return the rows and columns that a place of the output meets; of an axis with endless taps the real ones."""
        axes = []
        for i in (0, 1):
            first = place[i] * self.strides[i] - self.padding[2 * i]
            taps = range(self.size[i])
            if self.size[i] > _LISTED:
                end = (self.image[i] - 1 - first) // self.dilation[i] + 1
                taps = range(max(-(first // self.dilation[i]), 0), min(end, self.size[i]))
            axes.append([first + tap * self.dilation[i] for tap in taps])
        return axes[0], axes[1]

    def windows(self) -> tuple[Window, Window]:
        """Return the window along height and width."""
        rows, columns = (Window(self.size[i], self.strides[i], -self.padding[2 * i], self.dilation[i]) for i in (0, 1))
        return rows, columns

    def formula(self) -> tuple[str, str]:
        """Write `(input + padding - window) // stride + 1 = output` for height and width."""
        return self._axis_formula(0), self._axis_formula(1)

    def _axis_formula(self, i: int) -> str:
        pad = self.padding[2 * i] + self.padding[2 * i + 1]
        window = str(self.size[i])
        if self.dilation[i] > 1:
            window = f"({self.dilation[i]} * ({self.size[i]} - 1) + 1)"
        return f"({self.image[i]} + {pad} - {window}) // {self.strides[i]} + 1 = {self.out[i]}"
