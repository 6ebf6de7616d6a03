"""What the frames of a training show of a layer: its kernels, its maps or the values of its units."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kernels import filters_first, kernel_levels
from cnnviz.render.kit.canvas import EMPTY, INK, SMALL, Box, Canvas
from cnnviz.render.kit.colormap import Table, as_rgb, colour
from cnnviz.render.kit.colors import largest_magnitude, signed_colours
from cnnviz.render.kit.numbers import range_text, short
from cnnviz.render.scaling import MIDDLE, ScaleBy, ranges, to_levels
from cnnviz.render.sheets import columns_for, grid, sheet
from cnnviz.render.statistics import measure

Array = NDArray[Any]
Levels = NDArray[np.uint8]

SHOWN = 64
"""Maps that are shown, the first."""

_GAP = 4
_FEW = 8
"""Filters and input channels whose kernels are shown, the first, where there are several channels."""
_MAPS, _KERNELS = 460, 340
"""Pixels that maps and kernels may take, across and down."""
_UNITS, _BAR, _NAME, _TRACK = 12, 26, 110, 240
"""Units of a vector that have a bar each; pixels of a bar, of a name, and of the track of a bar."""
_BLUE, _RED = (67, 147, 195), (214, 96, 77)


class Look(NamedTuple):
    """A layer at one moment of a training.

    Attributes:
        step: Steps done.
        epoch: The epoch under way, from 1.
        loss: The mean since the look before; None at the first.
        output: The layer's output, `(H, W, C)` or `(units,)`.
        kernel: The layer's kernel, as `kernel_sheet` takes it; None if it has none that can be drawn.
        maps: Number of the layer's maps, of which the output may be the first.
    """

    step: int
    epoch: int
    loss: float | None
    output: Array
    kernel: Array | None
    maps: int = 0


class TrainingFilm(NamedTuple):
    """What a film of a training shows besides its looks, and how it is drawn.

    Attributes:
        title: The stack's name and the layer's.
        picture: What enters the network, `(H, W)` or `(H, W, 3)` in RGB.
        steps: Steps of the whole training.
        epochs: Epochs of the whole training.
        scale_by: What range of the output becomes 0..255.
        table: Colours, `(256, 3)`; None for gray.
        units: Names of the units of a vector; empty if they have none.
    """

    title: str
    picture: Levels
    steps: int
    epochs: int
    scale_by: ScaleBy
    table: Table | None = None
    units: tuple[str, ...] = ()


class FilmPanel(NamedTuple):
    """One picture per look, all in one scale.

    Attributes:
        name: What the pictures show.
        words: What is black and what is white.
        pictures: A picture per look, `(H, W, 3)`.
        room: Pixels that a picture may take, across and down.
    """

    name: str
    words: str
    pictures: list[Levels]
    room: int

    @property
    def label(self) -> str:
        """What stands over them."""
        return f"{self.name}: {self.words}"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height on the page: a whole factor, or shrunk to the room."""
        height, width = self.pictures[0].shape[:2]
        factor = self.room / max(height, width)
        factor = float(int(factor)) if factor >= 1 else factor
        return width * factor, height * factor


def _bars(training: TrainingFilm, looks: Sequence[Look]) -> FilmPanel:
    """Draw the few units of a vector as bars about zero, each with its name and its value."""
    values = np.stack([look.output for look in looks]).astype(np.float64)
    end = largest_magnitude(values)
    count = values.shape[1]
    names = training.units or tuple(map(str, range(count)))
    pictures = []
    for row in values:
        canvas = Canvas.blank(_MAPS, count * _BAR)
        for unit, value in enumerate(row.tolist()):
            middle = (unit + 0.5) * _BAR
            canvas.text(0, middle, names[unit], SMALL, INK, "lm", room=_NAME - _GAP)
            canvas.fill(Box(_NAME, middle - 0.4 * _BAR, _TRACK, 0.8 * _BAR), EMPTY)
            length = (value / end if isfinite(value) else 0) * _TRACK / 2
            left = _NAME + _TRACK / 2
            color = _BLUE if value < 0 else _RED
            canvas.fill(Box(left + min(length, 0), middle - 0.4 * _BAR, abs(length), 0.8 * _BAR), color)
            canvas.fill(Box(left, middle - 0.5 * _BAR, 1, _BAR), INK)
            canvas.text(_MAPS, middle, short(value), SMALL, INK, "rm")
        pictures.append(canvas.frame())
    finite = values[np.isfinite(values)]
    span = (float(finite.min()), float(finite.max())) if finite.size else (None, None)
    return FilmPanel("values", range_text(span), pictures, _MAPS)


def maps_panel(training: TrainingFilm, looks: Sequence[Look]) -> FilmPanel:
    """Draw the layer's maps, or the values of its units."""
    if looks[0].output.ndim == 1 and len(looks[0].output) <= _UNITS:
        return _bars(training, looks)
    outputs = [look.output[..., :SHOWN] if look.output.ndim == 3 else look.output for look in looks]
    # One below the other, they are one layer with one range.
    tall = np.concatenate(outputs)
    chosen = ranges(measure(tall), training.scale_by, tall)
    levels = to_levels(tall, chosen)
    parts = np.split(levels, len(looks), axis=0 if levels.ndim == 1 else 1)
    if levels.ndim == 1:
        pictures, name = [as_rgb(sheet(np.ascontiguousarray(part), training.table)) for part in parts], "values"
    else:
        pictures = [as_rgb(grid(colour(part, training.table), _columns(len(part)))) for part in parts]
        more = looks[0].maps - len(levels)
        name = f"the first {len(levels)} of {looks[0].maps:,} maps" if more > 0 else "maps"
    low, high = chosen.low[np.isfinite(chosen.low)], chosen.high[np.isfinite(chosen.high)]
    span = (float(low.min()), float(high.max())) if low.size and high.size else (None, None)
    return FilmPanel(name, range_text(span), pictures, _MAPS)


def kernels_panel(training: TrainingFilm, looks: Sequence[Look]) -> FilmPanel | None:
    """Draw the layer's kernels; None if it has none that can be drawn."""
    kernels = [look.kernel for look in looks if look.kernel is not None]
    if not kernels:
        return None
    magnitude = max(float(np.abs(kernel[np.isfinite(kernel)]).max(initial=0)) for kernel in kernels)
    pictures = [_draw_kernel(kernel, magnitude, training.table) for kernel in kernels]
    return FilmPanel(_name_kernels(kernels[0].shape), range_text((-magnitude, magnitude)), pictures, _KERNELS)


def _draw_kernel(kernel: Array, magnitude: float, table: Table | None) -> Levels:
    """Draw kernels about zero, each where its map stands; those of several channels a row for each filter."""
    drawn = colour(kernel_levels(kernel, magnitude), signed_colours() if table is None else table)
    drawn[~np.isfinite(filters_first(kernel))] = 0
    if kernel.ndim == 2:
        return drawn
    several = kernel.shape[2] > 1
    drawn = drawn[:_FEW, :_FEW] if several else drawn[:SHOWN]
    columns = drawn.shape[1] if several else _columns(len(drawn))
    tiles = drawn.reshape(-1, *drawn.shape[2:])
    high, wide = tiles.shape[1:3]
    rows = -(-len(tiles) // columns)
    factor = min((_KERNELS - _GAP * columns) // (wide * columns), (_KERNELS - _GAP * rows) // (high * rows))
    # Kernels of zeros are white: on white paper they would have no end.
    framed = grid(tiles, columns, max(1, factor), _GAP, between=MIDDLE)
    return np.pad(framed, ((1, 1), (1, 1), (0, 0)), constant_values=MIDDLE)


def _name_kernels(shape: tuple[int, ...]) -> str:
    """Say how many of the kernels are shown, where they are too many."""
    filters, channels = shape[-1], shape[-2]
    if len(shape) == 2:
        return "kernel"
    if channels == 1:
        return f"kernels of the first {SHOWN} of {filters:,} filters" if filters > SHOWN else "kernels"
    parts = [
        f"{_FEW} of {count:,} {what}" if count > _FEW else f"{count} {what}"
        for count, what in ((filters, "filters"), (channels, "channels"))
    ]
    return f"kernels, {' and '.join(parts)}"


def _columns(count: int) -> int:
    """Return how many tiles stand side by side: a block as full as may be, and at most twice as wide as high."""
    least = columns_for(count)
    return min(range(least, max(2 * least, least + 1)), key=lambda columns: (-count % columns, columns))
