"""Where things stand in a frame."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from cnnviz.render.kit.canvas import Box

MARGIN = 16
HEAD = 52
"""Height of the two lines above."""
LABEL = 18
"""Height of the words above a panel."""
LEGEND = 18
"""Height of the words below a map."""
OPERATOR = 26
"""Width between panels, for a sign."""

_LINE = 18
_TEXT_WIDTH = 190
_LEGIBLE, _LARGEST = 17, 44
NUMBERED = 30
"""Cells from which on most numbers have room."""
_TALLEST = 0.5
"""Height of a map against the frame's width, at most, where it is drawn as a picture."""
_NAMES = 130
"""Width that a map has for its name, if there is room."""
_SHARE = 0.92
"""Height of the frame against its width, at most, where maps are drawn in cells."""
_WIDEST = 960
"""Wider frames are enlarged ones, with larger letters."""
_AREA = 960 * 540
"""What a frame of a given shape has for its boxes."""
_STEPS, _PANELS = 20, 0.4
"""How finely a height is met; and that maps give way before the panels, whose numbers should be read."""


class Layout(NamedTuple):
    """The boxes of a frame.

    Attributes:
        width: Width of the frame.
        height: Height of the frame.
        inputs: The box of each input map with its padding.
        panels: Each channel's window, kernel and products, or the window alone.
        beside: Whether they stand beside the channel's map.
        output: The box of the output map.
        pitch: Width for the words above each input map.
        text: Where the arithmetic is written.
    """

    width: float
    height: float
    inputs: tuple[Box, ...]
    panels: tuple[tuple[Box, ...], ...]
    beside: bool
    output: Box
    pitch: float
    text: Box

    def panel_cell(self, sizes: Sizes) -> float:
        """Return the width of a panel's cell."""
        return self.panels[0][0].width / sizes.window[1]


class Sizes(NamedTuple):
    """What a frame has to hold.

    Attributes:
        source: Rows and columns of an input map with its padding.
        window: Rows and columns of the window.
        output: Rows and columns of the output map.
        rows: Input maps that are drawn.
        panels: Panels beside each.
        lines: Lines of arithmetic.
    """

    source: tuple[int, int]
    window: tuple[int, int]
    output: tuple[int, int]
    rows: int
    panels: int
    lines: int


class FrameSize(NamedTuple):
    """How large frames are.

    Attributes:
        width: Width of the frames in pixels.
        aspect: Width over height; None for as high as what is drawn.
    """

    width: int
    aspect: float | None = None

    def room(self, widest: float = _WIDEST) -> tuple[float, float | None]:
        """Return width and height in which boxes are placed; the height is None where it is free.

        Args:
            widest: The width from which on all is drawn larger, letters too, where the height is free.
        """
        if self.aspect is None:
            return min(self.width, widest), None
        return (_AREA * self.aspect) ** 0.5, (_AREA / self.aspect) ** 0.5


def arrange(width: float, sizes: Sizes, height: float | None = None) -> Layout:
    """Arrange a frame: all in cells of one size where they are legible, else the maps above the arithmetic.

    Args:
        width: Width of the frame.
        sizes: What the frame has to hold.
        height: Height of the frame; None for as high as need be.
    """
    cell = min(_common_cell(width, sizes, width * _SHARE if height is None else height), _LARGEST)
    beside = _side_by_side(width, cell, sizes) if cell >= _LEGIBLE else None
    if height is None:
        return beside or _stacked(width, sizes)
    if beside is None or beside.panel_cell(sizes) < NUMBERED:
        below = _stacked(width, sizes)
        for step in range(_STEPS - 1, 0, -1):
            if below.height <= height:
                break
            below = _stacked(width, sizes, step / _STEPS)
        if beside is None or below.panel_cell(sizes) > beside.panel_cell(sizes):
            return _centred(below, height)
    return _centred(beside, height)


def _centred(layout: Layout, height: float) -> Layout:
    """Set what is drawn into the middle of a higher frame."""
    down = max(height - layout.height, 0) // 2

    def moved(box: Box) -> Box:
        return box._replace(top=box.top + down)

    return layout._replace(
        height=max(height, layout.height),
        inputs=tuple(map(moved, layout.inputs)),
        panels=tuple(tuple(map(moved, line)) for line in layout.panels),
        output=moved(layout.output),
        text=moved(layout.text),
    )


def _common_cell(width: float, sizes: Sizes, height: float) -> int:
    """Return how large cells may be if all panels have the same."""
    source, window, output, rows, panels, lines = sizes
    across = int(width) - 2 * MARGIN - (panels + 1) * OPERATOR
    columns = source[1] + panels * window[1]
    down = int(height) - HEAD - MARGIN
    return min(
        across // (columns + output[1]),
        (across - _TEXT_WIDTH) // columns,
        (down // rows - LABEL - LEGEND) // max(source[0], window[0]),
        (down - 2 * LABEL - lines * _LINE) // output[0],
    )


def _side_by_side(width: float, cell: int, sizes: Sizes) -> Layout:
    """One row for each input map with its panels, the output at the right."""
    source, window, output, rows, panels, lines = sizes
    high = max(source[0], window[0]) * cell
    step = high + LABEL + LEGEND
    used = source[1] * cell + panels * (window[1] * cell + OPERATOR) + OPERATOR
    beside = max(output[1] * cell, _TEXT_WIDTH)
    tops = [HEAD + LABEL + row * step for row in range(rows)]
    # Panels have longer numbers than maps, so they get the width that is left.
    spare = int(width - 2 * MARGIN - used - beside) // (panels * window[1])
    larger = max(min(cell + spare, high // window[0], _LARGEST), cell)
    used += panels * window[1] * (larger - cell)
    left = MARGIN + max(int(width - 2 * MARGIN - used - beside) // 2, 0)
    inputs = tuple(Box(left, top + (high - source[0] * cell) // 2, source[1] * cell, source[0] * cell) for top in tops)
    x = left + source[1] * cell + OPERATOR
    grids = tuple(_line(x, top + (high - window[0] * larger) // 2, larger, window, panels) for top in tops)
    result = Box(left + used, HEAD + LABEL, output[1] * cell, output[0] * cell)
    text = Box(result.left, result.bottom + LEGEND + 8, beside, lines * _LINE)
    height = max(HEAD + rows * step, text.bottom) + MARGIN
    return Layout(width, int(height), inputs, grids, True, result, source[1] * cell + OPERATOR, text)


def _stacked(width: float, sizes: Sizes, share: float = 1) -> Layout:
    """The maps in a row, the panels of each channel below, the arithmetic at the right of these.

    Args:
        width: Width of the frame.
        sizes: What the frame has to hold.
        share: How large maps and panels are, of what the width has room for.
    """
    source, window, output, rows, panels, lines = sizes
    room = (width - 2 * MARGIN - rows * OPERATOR) / (rows + 1)
    scale = share * min(room / max(source[1], output[1]), width * _TALLEST / max(source[0], output[0]))
    scale = scale if scale < 1 else float(int(scale))
    wide, high = source[1] * scale, source[0] * scale
    # Narrow maps need room for their names all the same.
    pitch = max(wide, min(room, _NAMES)) + OPERATOR
    left = MARGIN + (width - 2 * MARGIN - rows * pitch - max(output[1] * scale, min(room, _NAMES))) / 2
    top = HEAD + LABEL
    inputs = tuple(Box(left + row * pitch, top, wide, high) for row in range(rows))
    result = Box(left + rows * pitch, top, output[1] * scale, output[0] * scale)
    under = top + int(max(high, result.height)) + LEGEND + LABEL + 8
    across = (width - 2 * MARGIN - _TEXT_WIDTH - panels * OPERATOR) / (panels * window[1])
    cell = share**_PANELS * min(_LARGEST, across, width * (0.2 + 0.1 * rows) / (rows * window[0]))
    cell = cell if cell < 1 else float(int(cell))
    beside = panels * (window[1] * cell + OPERATOR)
    x = MARGIN + max((width - 2 * MARGIN - beside - _TEXT_WIDTH) // 2, 0)
    step = window[0] * cell + LABEL + 6
    grids = tuple(_line(x, under + row * step, cell, window, panels) for row in range(rows))
    text = Box(x + beside, under, _TEXT_WIDTH, lines * _LINE)
    height = ceil(under + max(rows * step, lines * _LINE) + MARGIN)
    return Layout(width, height, inputs, grids, False, result, pitch, text)


def _line(left: float, top: float, cell: float, window: tuple[int, int], panels: int) -> tuple[Box, ...]:
    """Set the panels of one channel side by side."""
    wide, high = window[1] * cell, window[0] * cell
    return tuple(Box(left + panel * (wide + OPERATOR), top, wide, high) for panel in range(panels))
