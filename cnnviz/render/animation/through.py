"""A picture's way through a stack: what each layer makes of it, one fading into the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.animation.layout import HEAD, MARGIN
from cnnviz.render.animation.writing import write_head
from cnnviz.render.kit.canvas import ACCENT, LINE, Box, Canvas, Frame

_TALLEST = 0.62
"""Height of the pictures against the frame's width, at most."""
_DOTS = 24


class Slide(NamedTuple):
    """What one layer makes of the picture.

    Attributes:
        picture: `(H, W, 3)` in RGB.
        title: The layer.
        details: The layer's kind, shape and range.
    """

    picture: NDArray[np.uint8]
    title: str
    details: str


def fade(slides: Sequence[Slide], width: int, steps: int) -> Iterator[tuple[Frame, bool]]:
    """Draw one slide after the other, each fading into the next; all fill the same box as far as their shape allows.

    Args:
        slides: In order.
        width: Width of the frames.
        steps: Frames from one slide to the next.

    Yields:
        A frame, and whether it is a slide by itself, which should stay.
    """
    room = width - 2 * MARGIN
    tallest = max(slide.picture.shape[0] / slide.picture.shape[1] for slide in slides)
    box = Box(MARGIN, HEAD + 8, room, min(round(room * tallest), round(width * _TALLEST)))
    pages = [_page(slides, number, width, box) for number in range(len(slides))]
    before = None
    for page in pages:
        frame = page.frame()
        if before is not None:
            for step in range(1, steps):
                yield _blend(before, frame, step / steps, box), False
        yield frame, True
        before = frame


def _page(slides: Sequence[Slide], number: int, width: int, box: Box) -> Canvas:
    slide = slides[number]
    canvas = Canvas.blank(width, round(box.bottom) + _DOTS + MARGIN)
    write_head(canvas, slide.title, slide.details)
    write_head(canvas, "", f"{number} of {len(slides) - 1}" if number else "", right=True)
    rows, columns = slide.picture.shape[:2]
    scale = min(box.width / columns, box.height / rows)
    size = (columns * scale, rows * scale)
    canvas.paste(slide.picture, Box(box.middle[0] - size[0] / 2, box.middle[1] - size[1] / 2, *size))
    apart = min(_DOTS, box.width / len(slides))
    for dot in range(len(slides)):
        x = box.middle[0] + (dot - (len(slides) - 1) / 2) * apart
        canvas.dot(x, box.bottom + _DOTS, min(4, apart / 3), ACCENT if dot == number else LINE)
    return canvas


def _blend(before: Frame, after: Frame, share: float, box: Box) -> Frame:
    """Mix two frames' pictures; the nearer one gives the words."""
    mixed = (before if share < 0.5 else after).copy()
    place = (slice(round(box.top), round(box.bottom)), slice(None))
    mixed[place] = np.floor((1 - share) * before[place] + share * after[place] + 0.5).astype(np.uint8)
    return mixed
