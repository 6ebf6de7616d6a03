"""Any number of options on the two axes of a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations, product
from math import log, prod
from typing import NamedTuple

import numpy as np

MOST_COLUMNS = 5
"""Tiles beside each other before a single option goes on in a new row."""

_MOST_BESIDE = 8
"""Tiles beside each other from which on a sheet may rather be high."""

_ASPECT = 1.3
"""Columns for each row of a sheet that looks well on a slide."""


class GridAxis(NamedTuple):
    """An option with its values."""

    name: str
    values: tuple[str, ...]


class Grid(NamedTuple):
    """Where the tiles of a layer stand.

    Attributes:
        rows: The options that vary from row to row, the last fastest.
        columns: The options that vary from column to column, the last fastest.
        cells: For each row and column the first combination that stands there; None for a place left empty.
        captions: What stands above each tile where no row or column says it; as `cells`.
        idle: The options that make no difference.
    """

    rows: tuple[GridAxis, ...]
    columns: tuple[GridAxis, ...]
    cells: tuple[tuple[int | None, ...], ...]
    captions: tuple[tuple[str, ...], ...]
    idle: tuple[GridAxis, ...]


def fold(axes: Sequence[GridAxis], results: Sequence[object]) -> Grid:
    """Lay out a layer's tiles; an option along which all are the same takes no place.

    Args:
        axes: The options.
        results: What each combination gave, equal where it is the same; the last axis varies fastest.
    """
    known: dict[object, int] = {}
    kinds = np.array([known.setdefault(result, len(known)) for result in results])
    kinds = kinds.reshape([len(axis.values) for axis in axes])
    busy = [place for place in range(len(axes)) if (kinds != kinds.take([0], axis=place)).any()]
    idle = tuple(axis for place, axis in enumerate(axes) if place not in busy)
    if len(busy) == 1 and len(axes[busy[0]].values) > MOST_COLUMNS:
        return _wrapped(axes, busy[0], idle)
    beside = _beside([len(axes[place].values) for place in busy])
    columns = [place for place, chosen in zip(busy, beside, strict=True) if chosen]
    rows = [place for place in busy if place not in columns]

    def number(values: dict[int, int]) -> int:
        place = [values.get(axis, 0) for axis in range(len(axes))]
        return int(np.ravel_multi_index(place, kinds.shape))

    cells = tuple(tuple(number({**row, **column}) for column in _walk(axes, columns)) for row in _walk(axes, rows))
    return Grid(
        tuple(axes[place] for place in rows),
        tuple(axes[place] for place in columns),
        cells,
        tuple(("",) * len(row) for row in cells),
        idle,
    )


def _walk(axes: Sequence[GridAxis], places: Sequence[int]) -> list[dict[int, int]]:
    """List the values of some axes in all combinations."""
    ranges = [range(len(axes[place].values)) for place in places]
    return [dict(zip(places, values, strict=True)) for values in product(*ranges)]


def _wrapped(axes: Sequence[GridAxis], place: int, idle: tuple[GridAxis, ...]) -> Grid:
    """Let a long option go on in new rows of about equal length."""
    axis = axes[place]
    count, step = len(axis.values), prod(len(after.values) for after in axes[place + 1 :])
    rows = -(-count // MOST_COLUMNS)
    width = -(-count // rows)
    cells = [tuple(i * step if i < count else None for i in range(row, row + width)) for row in range(0, count, width)]
    captions = [
        tuple(f"{axis.name} {axis.values[i]}" if i < count else "" for i in range(row, row + width))
        for row in range(0, count, width)
    ]
    return Grid((), (), tuple(cells), tuple(captions), idle)


def _beside(counts: Sequence[int]) -> list[bool]:
    """Choose which options vary from column to column, so that the sheet is a little wider than high."""
    places = range(len(counts))
    subsets = chain.from_iterable(combinations(reversed(places), size) for size in range(len(counts) + 1))

    def strangeness(chosen: tuple[int, ...]) -> float:
        columns = prod(counts[place] for place in chosen)
        rows = prod(counts) // columns
        return abs(log(columns / (rows * _ASPECT))) + (columns > _MOST_BESIDE)

    best = min(subsets, key=strangeness) if len(counts) > 1 else tuple(places)
    return [place in best for place in places]
