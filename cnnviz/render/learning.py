"""A layer while it learns: a frame for each look at it, all in one scale, so that what grows is seen to grow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, isfinite

from cnnviz.render.kit.canvas import ACCENT, INK, LINE, MUTED, SMALL, TEXT, Box, Canvas, Frame
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.lettering import text_width
from cnnviz.render.kit.numbers import short
from cnnviz.render.learning_panels import FilmPanel, Look, TrainingFilm, kernels_panel, maps_panel

_MARGIN = 16
_HEAD = 52
_LABEL = 22
_SIDE = 150
"""Pixels of the input picture and of the curve beside it."""
_CURVE = 90
_NARROWEST_FRAME = 400
"""Pixels that the words above all need."""


def film(training: TrainingFilm, looks: Sequence[Look]) -> Iterator[Frame]:
    """Draw a frame for each look.

    Args:
        training: What is the same in all looks.
        looks: At least one, in order.
    """
    left: float = _MARGIN + _SIDE + _MARGIN
    panels: list[tuple[FilmPanel, Box]] = []
    for panel in filter(None, (kernels_panel(training, looks), maps_panel(training, looks))):
        width, height = panel.size
        panels.append((panel, Box(left, _HEAD + _LABEL, width, height)))
        left += max(width, text_width(panel.label, SMALL)) + _MARGIN
    high, wide = training.picture.shape[:2]
    factor = _SIDE / max(high, wide)
    entry = Box(_MARGIN, _HEAD + _LABEL, wide * factor, high * factor)
    curve = Box(_MARGIN, entry.bottom + _MARGIN + _LABEL, _SIDE, _CURVE)
    lowest = max(curve.bottom, *(box.bottom for _, box in panels))
    blank = Canvas.blank(max(ceil(left), _NARROWEST_FRAME), ceil(lowest) + _MARGIN)
    blank.text(_MARGIN, _MARGIN - 4, training.title, TEXT, bold=True, room=blank.width - 2 * _MARGIN)
    blank.text(entry.left, _HEAD, "input", color=MUTED)
    blank.paste(as_rgb(training.picture), entry)
    for panel, box in panels:
        blank.text(box.left, _HEAD, panel.label, color=MUTED)
    most, shares = _shares([look.loss for look in looks])
    said = f"loss, 0 to {short(most)}" if most else "loss"
    blank.text(curve.left, curve.top - _LABEL, said, color=MUTED, room=_SIDE)
    blank.outline(curve, LINE, width=1)
    for number, look in enumerate(looks):
        canvas = blank.copy()
        said = f"step {look.step:,} of {training.steps:,}, epoch {look.epoch} of {training.epochs}"
        said = said if look.loss is None else f"{said}, loss {short(look.loss)}"
        canvas.text(_MARGIN, _MARGIN + 14, said, room=canvas.width - 2 * _MARGIN)
        for panel, box in panels:
            canvas.paste(panel.pictures[number], box)
        for index, share in enumerate(shares[: number + 1]):
            if share is not None:
                x = curve.left + (index + 0.5) * curve.width / len(looks)
                y = curve.bottom - 3 - share * (curve.height - 6)
                canvas.dot(x, y, 2, INK if index < number else ACCENT)
        yield canvas.frame()


def _shares(losses: Sequence[float | None]) -> tuple[float, list[float | None]]:
    """Return the greatest loss, and each as its share of it, from 0 to 1; None where it is not known, or not finite."""
    known = [loss if loss is not None and isfinite(loss) else None for loss in losses]
    most = max((loss for loss in known if loss is not None), default=0.0)
    return most, [loss and loss / most for loss in known]
