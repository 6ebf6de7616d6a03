"""A layer while it learns: a frame for each look at it, all in one scale, so that what grows is seen to grow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, isfinite, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kernels import kernel_levels
from cnnviz.render.kit.canvas import ACCENT, INK, LINE, MUTED, PAPER, SMALL, TEXT, Box, Canvas, Frame
from cnnviz.render.kit.colormap import Table, as_rgb, colour
from cnnviz.render.kit.colors import signed_colours
from cnnviz.render.kit.lettering import text_width
from cnnviz.render.kit.numbers import range_text
from cnnviz.render.scaling import ScaleBy, ranges, to_levels
from cnnviz.render.sheets import grid, sheet
from cnnviz.render.statistics import measure

Array = NDArray[Any]
Levels = NDArray[np.uint8]

SHOWN = 64
"""Maps that are shown, the first."""

_MARGIN = 16
_HEAD = 52
_LABEL = 22
_SIDE = 150
"""Pixels of the input picture and of the curve beside it."""
_CURVE = 90
_GAP = 4
_FEW = 8
"""Filters and input channels whose kernels are shown, the first, where there are several channels."""
_ROW = 4
"""Maps that stand in one row, as in a sheet."""
_MAPS, _KERNELS = 460, 340
"""Pixels that maps and kernels may take, across and down."""
_NARROWEST = 170
"""Pixels that the words over a picture need."""


class Look(NamedTuple):
    """A layer at one moment of a training.

    Attributes:
        step: Steps done.
        epoch: The epoch under way, from 1.
        loss: The mean since the look before; None at the first.
        output: The layer's output, `(H, W, C)` or `(units,)`.
        kernel: The layer's kernel, as `kernel_sheet` takes it; None if it has none that can be drawn.
    """

    step: int
    epoch: int
    loss: float | None
    output: Array
    kernel: Array | None


class TrainingFilm(NamedTuple):
    """What a film of a training shows besides its looks, and how it is drawn.

    Attributes:
        title: The stack's name and the layer's.
        picture: What enters the network, `(H, W)` or `(H, W, 3)` in RGB.
        steps: Steps of the whole training.
        epochs: Epochs of the whole training.
        scale_by: What range of the output becomes 0..255.
        table: Colours, `(256, 3)`; None for gray.
    """

    title: str
    picture: Levels
    steps: int
    epochs: int
    scale_by: ScaleBy
    table: Table | None = None


def film(training: TrainingFilm, looks: Sequence[Look]) -> Iterator[Frame]:
    """Draw a frame for each look.

    Args:
        training: What is the same in all looks.
        looks: At least one, in order.
    """
    left: float = _MARGIN + _SIDE + _MARGIN
    panels: list[tuple[_FilmPanel, Box]] = []
    for panel in filter(None, (_kernels(training, looks), _maps(training, looks))):
        width, height = panel.size
        panels.append((panel, Box(left, _HEAD + _LABEL, width, height)))
        left += max(width, text_width(panel.label, SMALL)) + _MARGIN
    high, wide = training.picture.shape[:2]
    factor = _SIDE / max(high, wide)
    entry = Box(_MARGIN, _HEAD + _LABEL, wide * factor, high * factor)
    curve = Box(_MARGIN, entry.bottom + _MARGIN + _LABEL, _SIDE, _CURVE)
    blank = Canvas.blank(ceil(left), ceil(max(curve.bottom, *(box.bottom for _, box in panels))) + _MARGIN)
    blank.text(_MARGIN, _MARGIN - 4, training.title, TEXT, bold=True)
    blank.text(entry.left, _HEAD, "input", color=MUTED)
    blank.paste(as_rgb(training.picture), entry)
    for panel, box in panels:
        blank.text(box.left, _HEAD, panel.label, color=MUTED)
    blank.text(curve.left, curve.top - _LABEL, "loss", color=MUTED)
    blank.outline(curve, LINE, width=1)
    shares = _shares([look.loss for look in looks])
    for number, look in enumerate(looks):
        canvas = blank.copy()
        said = f"step {look.step:,} of {training.steps:,}, epoch {look.epoch} of {training.epochs}"
        canvas.text(_MARGIN, _MARGIN + 14, said if look.loss is None else f"{said}, loss {look.loss:.4f}")
        for panel, box in panels:
            canvas.paste(panel.pictures[number], box)
        for index, share in enumerate(shares[: number + 1]):
            if share is not None:
                x = curve.left + (index + 0.5) * curve.width / len(looks)
                y = curve.bottom - 3 - share * (curve.height - 6)
                canvas.dot(x, y, 2, INK if index < number else ACCENT)
        yield canvas.frame()


class _FilmPanel(NamedTuple):
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


def _maps(training: TrainingFilm, looks: Sequence[Look]) -> _FilmPanel:
    outputs = [look.output[..., :SHOWN] if look.output.ndim == 3 else look.output for look in looks]
    # One below the other, they are one layer with one range.
    tall = np.concatenate(outputs)
    chosen = ranges(measure(tall), training.scale_by, tall)
    levels = to_levels(tall, chosen)
    parts = np.split(levels, len(looks), axis=0 if levels.ndim == 1 else 1)
    pictures = [as_rgb(sheet(np.ascontiguousarray(part), training.table)) for part in parts]
    name = "values" if levels.ndim == 1 else "maps"
    low, high = chosen.low[np.isfinite(chosen.low)], chosen.high[np.isfinite(chosen.high)]
    span = (float(low.min()), float(high.max())) if low.size and high.size else (None, None)
    return _FilmPanel(name, range_text(span, 3), pictures, _MAPS)


def _kernels(training: TrainingFilm, looks: Sequence[Look]) -> _FilmPanel | None:
    kernels = [look.kernel for look in looks if look.kernel is not None]
    if not kernels:
        return None
    magnitude = max(float(np.abs(kernel[np.isfinite(kernel)]).max(initial=0)) for kernel in kernels)
    table = signed_colours() if training.table is None else training.table
    pictures = []
    name = "kernels"
    for kernel in kernels:
        levels = kernel_levels(kernel, magnitude)
        if levels.ndim == 2:
            pictures.append(colour(levels, table))
            continue
        # Kernels of one channel stand where their maps stand; of several, a row is a filter.
        several = levels.shape[1] > 1
        levels = levels[:_FEW, :_FEW] if several else levels[:SHOWN]
        filters, channels, *size = levels.shape
        columns = channels if several else filters if filters <= _ROW else ceil(sqrt(filters))
        if several:
            name = f"kernels of {filters} filters, {channels} channels"
        pictures.append(_tiles(colour(levels.reshape(-1, *size), table), columns))
    return _FilmPanel(name, range_text((-magnitude, magnitude), 3), pictures, _KERNELS)


def _tiles(pictures: Levels, columns: int) -> Levels:
    """Set small pictures into a grid with gray lines between them; empty places are white."""
    height, width = pictures.shape[1:3]
    rows = -(-len(pictures) // columns)
    factor = max(1, int((_KERNELS - _GAP * columns) / (width * columns)))
    factor = min(factor, max(1, int((_KERNELS - _GAP * rows) / (height * rows))))
    return grid(pictures, columns, factor, _GAP, missing=PAPER[0])


def _shares(losses: Sequence[float | None]) -> list[float | None]:
    """Return each loss as its share of the greatest, from 0 to 1; None where it is not known, or not finite."""
    known = [loss if loss is not None and isfinite(loss) else None for loss in losses]
    most = max((loss for loss in known if loss is not None), default=0.0)
    return [loss and loss / most for loss in known]
