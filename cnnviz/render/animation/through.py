"""A picture's way through a stack: what each layer makes of it, one fading into the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cnnviz.render.animation.layout import HEAD, MARGIN, FrameSize
from cnnviz.render.animation.slides import SCALE, Content, MapSlide
from cnnviz.render.animation.writing import write_head
from cnnviz.render.kit.canvas import ACCENT, LINE, PAPER, Box, Canvas, Frame

_TALLEST, _LOWEST = 0.62, 0.4
"""Height of the pictures against the frame's width: at most, at least."""
_WIDEST = 800
"""Wider frames are enlarged ones, with larger letters."""
_DOTS = 24


class Slide(NamedTuple):
    """What one layer makes of the picture.

    Attributes:
        content: What is drawn.
        title: The layer.
        details: The layer's kind and shape.
    """

    content: Content
    title: str
    details: str


def fade(slides: Sequence[Slide], size: FrameSize, steps: int) -> Iterator[tuple[Frame, bool]]:
    """Draw one slide after the other, each fading into the next; all fill the same box as far as their shape allows.

    Args:
        slides: In order.
        size: How large the frames are.
        steps: Frames from one slide to the next.

    Yields:
        A frame, and whether it is a slide by itself, which should stay.
    """
    width, height = size.room(_WIDEST)
    room, below = width - 2 * MARGIN, SCALE + _DOTS + MARGIN
    if height is None:
        tallest = max(_LOWEST, *(slide.content.aspect for slide in slides))
        height = HEAD + 8 + min(round(room * tallest), round(width * _TALLEST)) + below
    box = Box(MARGIN, HEAD + 8, room, height - HEAD - 8 - below)
    before = None
    for number, slide in enumerate(slides):
        canvas = Canvas.blank(width, height, size.width / width)
        _draw(canvas, slides, number, box)
        frame = canvas.frame()
        if before is not None:
            for step in range(1, steps):
                # Letters on letters are not to be read.
                lettered = not all(isinstance(some.content, MapSlide) for some in (slides[number - 1], slide))
                yield _blend(before, frame, step / steps, box.times(canvas.scale), lettered), False
        yield frame, True
        before = frame


def _draw(canvas: Canvas, slides: Sequence[Slide], number: int, box: Box) -> None:
    slide = slides[number]
    write_head(canvas, (slide.title, slide.details), ("", f"{number} of {len(slides) - 1}" if number else ""))
    slide.content.draw(canvas, box)
    apart = min(_DOTS, box.width / len(slides))
    for dot in range(len(slides)):
        x = box.middle[0] + (dot - (len(slides) - 1) / 2) * apart
        canvas.dot(x, box.bottom + SCALE + _DOTS, min(4, apart / 3), ACCENT if dot == number else LINE)


def _blend(before: Frame, after: Frame, share: float, box: Box, by_way_of_paper: bool) -> Frame:
    """Mix two frames' pictures, or fade to white and back; the nearer one gives the words."""
    mixed = (before if share < 0.5 else after).copy()
    place = (slice(round(box.top), round(box.bottom)), slice(None))
    if by_way_of_paper:
        kept = abs(1 - 2 * share)
        drawn = kept * mixed[place] + (1 - kept) * np.array(PAPER)
    else:
        drawn = (1 - share) * before[place] + share * after[place]
    mixed[place] = np.floor(drawn + 0.5).astype(np.uint8)
    return mixed
