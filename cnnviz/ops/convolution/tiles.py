"""Tiles of a picture for Winograd's method: how an output is cut into them, laid out, and put together again.

A tile's 36 inputs and 16 outputs are rows of matrices whose columns are tiles and channels. Tiles that lie side by side
are contiguous in each row, and rows of tiles follow each other, so that a turn of some tiles is one small product that
reads its operand where the gather has put it, and writes its result where the next step reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnviz.ops.convolution.parts import even_part
from cnnviz.ops.convolution.problem import Array, Problem
from cnnviz.ops.convolution.scratch import ScratchArrays
from cnnviz.ops.sliding import Window, meeting

OUT = 4
"""Height and width of a tile's output."""

IN = 6
"""Height and width of a tile's input."""

APART = 64
"""So many numbers lie between rows of forms: a power of two apart, they would share few lines of the cache."""

COLUMNS = 768
"""So many columns a turn's product has at most: below a million multiplications BLAS need not copy its operands."""


class Block(NamedTuple):
    """Tiles of one picture: rows and columns of tiles, from and to."""

    picture: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def down(self) -> int:
        """Rows of tiles."""
        return self.bottom - self.top

    @property
    def across(self) -> int:
        """Columns of tiles."""
        return self.right - self.left

    def pieces(self, high: int) -> list[Block]:
        """Cut into pieces of some rows of tiles."""
        return [
            self._replace(top=top, bottom=min(top + high, self.bottom)) for top in range(self.top, self.bottom, high)
        ]

    @property
    def corner(self) -> tuple[int, int]:
        """The row and column of the first output."""
        return self.top * OUT, self.left * OUT

    def of(self, out: Array) -> Array:
        """View the block's part of an output `(H, W, ...)`."""
        return out[self.top * OUT : self.bottom * OUT, self.left * OUT : self.right * OUT]


def blocks_of(problem: Problem, count: int, sides: tuple[int, int]) -> Iterator[Block]:
    """Cut outputs into blocks of nearly equal size.

    Args:
        problem: The convolution.
        count: How many pictures.
        sides: The most rows and columns of tiles in a block.
    """
    down, across = (-(-length // OUT) for length in problem.sliding.output)
    high, wide = map(even_part, (down, across), sides)
    for picture in range(count):
        for top in range(0, down, high):
            for left in range(0, across, wide):
                yield Block(picture, top, min(top + high, down), left, min(left + wide, across))


def gather(problem: Problem, picture: Array, block: Block, scratch: ScratchArrays) -> Array:
    """Lay the inputs of tiles out as operands of a turn; rows that two tiles share once: the operands overlap.

    Args:
        problem: The convolution.
        picture: `(H, W, in)`.
        block: The tiles.
        scratch: Where the inputs go.

    Returns:
        `(rows of tiles, pieces of each, 36, tiles * channels)`.
    """
    sliding, channels = problem.sliding, problem.channels
    height = block.down * OUT + IN - OUT
    inputs = scratch.array("inputs", (height, IN, block.across, channels), problem.dtype)
    rows, down = meeting(sliding.rows.start + block.top * OUT, height, 1, sliding.rows.input)
    places, across = _columns(sliding.columns, block.left, block.right)
    source = picture[down, across]
    if source.strides[2] != source.itemsize and channels > 1:
        # Turned once, not once for every column of a tile.
        turned = scratch.array("window", source.shape, problem.dtype)
        turned[...] = source
        source = turned
    inputs[: rows.start] = 0
    inputs[rows.stop :] = 0
    target = inputs[rows]
    for column, (tiles, pixels) in enumerate(places):
        target[:, column, tiles] = source[:, pixels]
        if tiles.start > 0:
            target[:, column, : tiles.start] = 0
        if tiles.stop < block.across:
            target[:, column, tiles.stop :] = 0
    together = _together(block.across, channels)
    row, plane, tile, item = inputs.strides
    shape = (block.down, block.across // together, IN * IN, together * channels)
    return as_strided(inputs, shape, (OUT * row, together * tile, plane, item), writeable=False)


@lru_cache(maxsize=1024)
def _columns(window: Window, left: int, right: int) -> tuple[list[tuple[slice, slice]], slice]:
    """Find the tiles of a row, and the pixels, that meet in each of their columns; and what they all read."""
    first = window.start + left * OUT
    read = slice(max(first, 0), max(min(first + (right - left) * OUT + IN - OUT, window.input), 0))
    length = max(read.stop - read.start, 0)
    return [meeting(first - read.start + column, right - left, OUT, length) for column in range(IN)], read


def make_forms(name: str, block: Block, channels: int, dtype: np.dtype[Any], scratch: ScratchArrays) -> Array:
    """Give memory for forms of a block's tiles: `(36, rows of tiles, tiles * channels)`."""
    size = block.down * block.across * channels
    forms = scratch.array(name, (IN * IN, size + APART), dtype)[:, :size]
    return forms.reshape(IN * IN, block.down, block.across * channels)


def columns_of(forms: Array, block: Block, channels: int) -> Array:
    """View forms of tiles, `(forms, rows of tiles, tiles * channels)`, as a turn's operands or results."""
    together = _together(block.across, channels)
    return forms.reshape(len(forms), block.down, -1, together * channels).transpose(1, 2, 0, 3)


def scatter(answers: Array, out: Array) -> None:
    """Put the outputs of tiles in their places; what lies beyond the last row and column is dropped.

    Args:
        answers: `(rows of tiles, row in tile, column in tile, tiles, filters)`.
        out: `(height, width, filters)`.
    """
    height, width, filters = out.shape
    down, across = height // OUT, width // OUT
    whole = out[: down * OUT, : across * OUT].reshape(down, OUT, across, OUT, filters)
    whole[...] = answers[:down, :, :, :across].transpose(0, 1, 3, 2, 4)
    for column in range(width % OUT):
        beside = out[: down * OUT, across * OUT + column].reshape(down, OUT, filters)
        beside[...] = answers[:down, :, column, across]
    for row in range(height % OUT):
        for column in range(OUT):
            below = out[down * OUT + row, column::OUT]
            below[...] = answers[down, row, column, : len(below)]


@lru_cache(maxsize=1024)
def _together(tiles: int, channels: int) -> int:
    """Choose how many of the tiles in a row are turned in one product: as many in each."""
    most = max(COLUMNS // channels, 1)
    return next(count for count in range(min(tiles, most), 0, -1) if tiles % count == 0)
