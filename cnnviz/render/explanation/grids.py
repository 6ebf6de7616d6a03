"""A window as text: values, weights and what comes of them side by side, a row for each row of pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation import parts
from cnnviz.render.explanation.numbers import number, written

PADDING = "."

_GAP = 2


class _NumberGrids(NamedTuple):
    """One kind of number for all channels that are shown.

    Attributes:
        sign: What stands before it in the middle row.
        title: What it is.
        cells: By channel, row and column.
        width: Of a cell.
    """

    sign: str
    title: str
    cells: dict[int, list[list[str]]]
    width: int

    def row(self, cells: list[str]) -> str:
        """Write a row of cells as wide as the block."""
        text = (" " * _GAP).join(cell.rjust(self.width) for cell in cells)
        return text.ljust(max(len(self.title), len(cells) * (self.width + _GAP) - _GAP))


def grids(patch: Patch, stage: Stage, digits: int) -> list[str]:
    """Draw the channels of a window that are worth it, and say what was left out.

    Args:
        patch: A window.
        stage: The stage that reads it.
        digits: Of the largest number of each kind.
    """
    shown = parts.channels(patch)
    channels = shown.channels
    blocks = [_block("", "values", patch, channels, written(patch.values, digits), marked=True)]
    if patch.weights is not None:
        blocks.append(_block("*", "weights", patch, channels, written(patch.weights, digits), padding=True))
    if patch.terms is not None:
        sign = "->" if patch.weights is None else "="
        blocks.append(_block(sign, stage.term, patch, channels, written(patch.terms, digits)))
    names = {channel: parts.label(patch, channel) for channel in shown.channels}
    labels = [f"row {row}" for row in patch.rows]
    margin = max(map(len, [*names.values(), *labels]))
    heads = [str(column) for column in patch.columns]
    lines = []
    for channel, name in names.items():
        titles = _line(name.ljust(margin), blocks, lambda block: block.title.ljust(len(block.row(heads)))).rstrip()
        sums = f", sum {number(float(patch.channel_sums[channel]))}" if patch.terms is not None else ""
        lines += ["", titles + sums]
        lines.append(_line(" " * margin, blocks[:1], lambda block: block.row(heads)))
        for place, label in enumerate(labels):
            middle = place == (len(labels) - 1) // 2
            lines.append(_line(label.rjust(margin), blocks, _cells(channel, place), signs=middle))
    if shown.left_out:
        left = "the other channel is" if shown.left_out == 1 else f"the other {shown.left_out:,} channels are"
        rest = "" if shown.rest is None else f"; their {stage.term} add up to {number(shown.rest)}"
        lines += ["", f"{left} not shown{rest}"]
    return [line.rstrip() for line in lines]


def _block(
    sign: str,
    title: str,
    patch: Patch,
    channels: tuple[int, ...],
    texts: NDArray[np.object_],
    padding: bool = False,
    marked: bool = False,
) -> _NumberGrids:
    """Write the numbers of the channels that are shown.

    Args:
        sign: What stands before them.
        title: What they are.
        patch: The window.
        channels: Those shown.
        texts: They, as written, in the shape of the patch.
        padding: Whether padding has such numbers.
        marked: Whether to mark the one that matters.
    """

    def cell(i: int, j: int, k: int) -> str:
        if not (padding or patch.inside[i, j]):
            return PADDING
        return f"[{texts[i, j, k]}]" if marked and (i, j, k) == patch.chosen else str(texts[i, j, k])

    rows, columns = range(len(patch.rows)), range(len(patch.columns))
    cells = {k: [[cell(i, j, k) for j in columns] for i in rows] for k in channels}
    width = max((len(text) for grid in cells.values() for row in grid for text in row), default=1)
    if marked:
        width = max(width, *(len(str(column)) for column in patch.columns))
    return _NumberGrids(sign, title, cells, width)


def _cells(channel: int, place: int) -> Callable[[_NumberGrids], str]:
    return lambda block: block.row(block.cells[channel][place])


def _line(label: str, blocks: list[_NumberGrids], text: Callable[[_NumberGrids], str], signs: bool = False) -> str:
    """Write one line of all blocks."""
    line = label
    for block in blocks:
        sign = block.sign if signs else ""
        line += (f"  {sign:<{len(block.sign)}}" if block.sign else "") + "  " + text(block)
    return line
