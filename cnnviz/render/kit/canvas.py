"""A picture to draw on: text, boxes and cells of numbers, in the colours that all animations share."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.colors import are_bright
from cnnviz.render.kit.lettering import font, in_visual_order, note_foreign, shortened, text_width

if TYPE_CHECKING:
    from PIL.Image import Image

Color = tuple[int, int, int]
Frame = NDArray[np.uint8]

PAPER: Color = (255, 255, 255)
INK: Color = (33, 37, 41)
MUTED: Color = (116, 124, 132)
LINE: Color = (206, 212, 218)
ACCENT: Color = (232, 89, 12)
"""What the frame is about: the window, and what comes of it."""
WINNER: Color = (47, 158, 68)
"""The value that a pooling keeps."""
PADDING: Color = (250, 249, 247)
"""Between the hatches of padding, which has no colour that a number could have."""
_HATCH: Color = (196, 202, 208)
_HATCH_STEP = 6
EMPTY: Color = (241, 243, 245)
"""What is not worked out yet."""

TIMES = "\N{MULTIPLICATION SIGN}"

TEXT, SMALL, TINY = 14, 12, 8
"""Sizes of letters in pixels; numbers in cells are never smaller than the last."""


class Box(NamedTuple):
    """A rectangle in pixels, or in inches of a figure."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """One past the last column."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """One past the last row."""
        return self.top + self.height

    @property
    def middle(self) -> tuple[float, float]:
        """The centre of the box."""
        return self.left + self.width / 2, self.top + self.height / 2

    def times(self, factor: float) -> Box:
        """Return the box in a picture that is so many times as large."""
        return Box(self.left * factor, self.top * factor, self.width * factor, self.height * factor)


class Canvas:
    """A picture to draw on.

    All places and sizes that its methods take are multiplied, letters and lines too: large pictures are small ones
    enlarged, but sharp.

    Attributes:
        image: Pillow's.
        scale: Pixels for a unit of length.
    """

    def __init__(self, image: Image, scale: float = 1) -> None:
        from PIL import ImageDraw

        self.image = image
        self.scale = scale
        self._draw = ImageDraw.Draw(image)

    @classmethod
    def blank(cls, width: float, height: float, scale: float = 1) -> Canvas:
        """Begin with an empty picture."""
        from PIL import Image

        return cls(Image.new("RGB", (round(width * scale), round(height * scale)), PAPER), scale)

    @property
    def width(self) -> float:
        """Width of the picture."""
        return self.image.width / self.scale

    @classmethod
    def over(cls, picture: NDArray[np.uint8]) -> Canvas:
        """Begin with a picture.

        Args:
            picture: `(H, W)`, on which all colours become gray, or `(H, W, 3)` in RGB.
        """
        from PIL import Image

        return cls(Image.fromarray(picture))

    def copy(self) -> Canvas:
        """Return another of the same content."""
        return Canvas(self.image.copy(), self.scale)

    def frame(self) -> Frame:
        """Return the picture as an array."""
        return np.array(self.image)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: int = SMALL,
        color: Color = INK,
        anchor: str = "la",
        bold: bool = False,
        room: float = inf,
    ) -> None:
        """Write a line.

        Args:
            x: Pixels from the left edge to the anchor.
            y: Pixels from the top edge to the anchor.
            words: The line.
            size: Height of the letters in pixels.
            color: Colour of the letters.
            anchor: Pillow's name of the anchor: `la` is the left end and the top.
            bold: Whether the letters are bold.
            room: Pixels that it may take: its end is left out where it would take more.
        """
        fill = color[0] if self.image.mode == "L" else color
        words = words if room == inf else self.shortened(words, room, size, bold)
        note_foreign(words)
        place = (x * self.scale, y * self.scale)
        self._draw.text(place, in_visual_order(words), fill, font(self._pixels(size), bold), anchor)

    def shortened(self, words: str, room: float, size: int = SMALL, bold: bool = False) -> str:
        """Return a line, its end left out where it would be wider than the room."""
        return shortened(words, room * self.scale, self._pixels(size), bold)

    def text_width(self, words: str, size: int = SMALL, bold: bool = False) -> float:
        """Return how wide a line is."""
        return text_width(words, self._pixels(size), bold) / self.scale

    def fill(self, box: Box, color: Color) -> None:
        """Fill a box."""
        self._draw.rectangle(_corners(box.times(self.scale)), color)

    def hatch(self, box: Box) -> None:
        """Fill a box as padding is drawn: no colour, slanted lines that go on from box to box."""
        left, top, right, bottom = _corners(box.times(self.scale))
        step = self._pixels(_HATCH_STEP)
        lines = (np.arange(left, right + 1) + np.arange(top, bottom + 1)[:, None]) % step < self._pixels(1)
        self._put(np.where(lines[:, :, None], _HATCH, PADDING).astype(np.uint8), left, top)

    def outline(self, box: Box, color: Color, width: int = 2, apart: int = 0) -> None:
        """Draw a line around a box, some pixels apart from it."""
        box, width, apart = box.times(self.scale), self._pixels(width), round(apart * self.scale)
        around = apart + width
        wide = Box(box.left - around, box.top - around, box.width + 2 * around, box.height + 2 * around)
        self._draw.rectangle(_corners(wide), outline=color, width=width)

    def dot(self, x: float, y: float, radius: float, color: Color) -> None:
        """Draw a disc."""
        x, y, radius = x * self.scale, y * self.scale, radius * self.scale
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), color)

    def paste(self, picture: NDArray[np.uint8], box: Box) -> None:
        """Put a picture into a box: enlarged without smoothing, or shrunk by the mean.

        Args:
            picture: `(H, W, 3)` in RGB.
            box: Where to.
        """
        box = box.times(self.scale)
        self._put(scaled(picture, box), round(box.left), round(box.top))

    def numbers(self, box: Box, texts: Sequence[Sequence[str]], colors: NDArray[np.uint8], size: int) -> None:
        """Write a number into each cell of a grid, dark on bright and bright on dark.

        Args:
            box: The grid.
            texts: The numbers, row by row.
            colors: What they stand on, `(rows, columns, 3)`.
            size: Height of the letters in pixels.
        """
        cell_width, cell_height = box.width / len(texts[0]), box.height / len(texts)
        bright = are_bright(colors / 255)
        for row, line in enumerate(texts):
            for column, number in enumerate(line):
                place = (box.left + (column + 0.5) * cell_width, box.top + (row + 0.5) * cell_height)
                self.text(*place, number, size, INK if bright[row, column] else PAPER, "mm")

    def lines(self, box: Box, rows: int, columns: int) -> None:
        """Draw the lines between the cells of a grid, and around it."""
        box, width = box.times(self.scale), self._pixels(1)
        for row in range(rows + 1):
            y = round(box.top + row * box.height / rows)
            self._draw.line((round(box.left), y, round(box.right), y), LINE, width)
        for column in range(columns + 1):
            x = round(box.left + column * box.width / columns)
            self._draw.line((x, round(box.top), x, round(box.bottom)), LINE, width)

    def _pixels(self, length: float) -> int:
        return max(round(length * self.scale), 1)

    def _put(self, picture: NDArray[np.uint8], left: int, top: int) -> None:
        from PIL import Image

        self.image.paste(Image.fromarray(picture), (left, top))


def scaled(picture: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return a picture in the size of a box: enlarged without smoothing, or shrunk by the mean.

    Args:
        picture: `(H, W, 3)` in RGB.
        box: How large.
    """
    from PIL import Image

    size = (max(round(box.width), 1), max(round(box.height), 1))
    grows = size[0] >= picture.shape[1] and size[1] >= picture.shape[0]
    method = Image.Resampling.NEAREST if grows else Image.Resampling.BOX
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize(size, method))


def fitting_size(texts: Sequence[str], cell: float) -> int | None:
    """Return the size of letters at which every text fits into a square cell; None if none is legible."""
    for size in range(min(TEXT, int(cell * 0.55)), TINY - 1, -1):
        if max((text_width(text, size) for text in texts), default=0) <= cell - 4:
            return size
    return None


def _corners(box: Box) -> tuple[int, int, int, int]:
    return (
        round(box.left),
        round(box.top),
        max(round(box.right) - 1, round(box.left)),
        max(round(box.bottom) - 1, round(box.top)),
    )
