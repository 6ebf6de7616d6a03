"""Any number of options on the two axes of a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, product
from math import log, prod
from typing import NamedTuple

import numpy as np

from cnnviz.render.sweep.model import SweptOption

MOST_COLUMNS = 5
"""Tiles beside each other before a single option goes on in a new row."""

_MOST_BESIDE = 8
"""Tiles beside each other from which on a sheet may rather be high."""

_ASPECT = 1.3
"""Columns for each row of a sheet that looks well on a slide."""


class Grid(NamedTuple):
    """Where the tiles of a layer stand.

    Attributes:
        rows: The options that vary from row to row, the last fastest.
        columns: The options that vary from column to column, the last fastest.
        cells: For each row and column the first combination that stands there; None for a place left empty.
        captions: What stands above the tile of a combination where no row or column says it.
        idle: The options that make no difference.
    """

    rows: tuple[SweptOption, ...]
    columns: tuple[SweptOption, ...]
    cells: tuple[tuple[int | None, ...], ...]
    captions: Mapping[int, str]
    idle: tuple[SweptOption, ...]

    @property
    def row_heads(self) -> list[tuple[str, ...]]:
        """The values of the rows' options, row by row."""
        return list(product(*(option.values for option in self.rows))) if self.rows else [()] * len(self.cells)

    def column_heads(self) -> Iterator[tuple[str, tuple[str, ...], int]]:
        """Go over the options of the columns: name, values from left to right, columns beneath each value."""
        count = span = len(self.cells[0])
        for option in self.columns:
            repeats = count // span
            span //= len(option.values)
            yield option.name, option.values * repeats, span

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Go over row, column and combination of each tile."""
        for row, numbers in enumerate(self.cells):
            for column, number in enumerate(numbers):
                if number is not None:
                    yield row, column, number


def fold(options: Sequence[SweptOption], results: Sequence[object]) -> Grid:
    """Lay out a layer's tiles; an option along which all are the same takes no place.

    Args:
        options: The options.
        results: What each combination gave, equal where it is the same; the last option varies fastest.
    """
    known: dict[object, int] = {}
    kinds = np.array([known.setdefault(result, len(known)) for result in results])
    kinds = kinds.reshape([len(option.values) for option in options])
    busy = [axis for axis in range(kinds.ndim) if (kinds != kinds.take([0], axis=axis)).any()]
    idle = [axis for axis in range(kinds.ndim) if axis not in busy]
    columns = _beside(kinds.shape, busy)
    rows = [axis for axis in busy if axis not in columns]
    numbers = np.arange(kinds.size).reshape(kinds.shape).transpose(rows + columns + idle)
    cells = numbers.reshape(prod(numbers.shape[: len(rows)]), prod(numbers.shape[len(rows) : len(busy)]), -1)[..., 0]
    at_rows, at_columns, without = (tuple(options[axis] for axis in axes) for axes in (rows, columns, idle))
    if len(busy) == 1 and cells.size > MOST_COLUMNS:
        (option,), line = at_columns, cells[0].tolist()
        captions = {number: f"{option.name} {value}" for number, value in zip(line, option.values, strict=True)}
        return Grid((), (), _wrapped(line), captions, without)
    return Grid(at_rows, at_columns, tuple(map(tuple, cells.tolist())), {}, without)


def _wrapped(line: list[int]) -> tuple[tuple[int | None, ...], ...]:
    """Let a long line go on in new rows of about equal length."""
    rows = -(-len(line) // MOST_COLUMNS)
    width = -(-len(line) // rows)
    filled = [*line, *[None] * (-len(line) % width)]
    return tuple(tuple(filled[start : start + width]) for start in range(0, len(filled), width))


def _beside(shape: Sequence[int], axes: list[int]) -> list[int]:
    """Choose which axes vary from column to column, so that the sheet is a little wider than high."""
    if len(axes) < 2:
        return axes
    total = prod(shape[axis] for axis in axes)

    def strangeness(chosen: tuple[int, ...]) -> float:
        columns = prod(shape[axis] for axis in chosen)
        rows = total // columns
        return abs(log(columns / (rows * _ASPECT))) + (columns > _MOST_BESIDE)

    subsets = chain.from_iterable(combinations(axes[::-1], size) for size in range(len(axes) + 1))
    best: tuple[int, ...] = min(subsets, key=strangeness)
    return sorted(best)
