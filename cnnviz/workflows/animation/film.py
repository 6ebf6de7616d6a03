"""Frames to write, and how fast they go by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnnviz.errors import UsageError
from cnnviz.render.animation.layout import FrameSize
from cnnviz.render.kit.canvas import Frame

_MOST_PIXELS = 300_000_000
_SECONDS = 12
_SLOWEST = 2
_WIDE = 1280
"""Pixels across frames of a given shape, if nobody says otherwise."""
_HOLD = 2.0
"""Seconds that the last frame stays."""


class FilmRequest(NamedTuple):
    """What an animation follows, and how it is made; None for what suits the layer or the stack.

    Attributes:
        channel: The output channel to follow; None for the first, or a layer's colours.
        frames: Stops of the window, or frames from one layer to the next; None for 64 at most, or 6.
        fps: Frames per second; None for a good number.
        width: Width of the frames in pixels; None for 800, or 480 for the way through a stack, or 1280 with an aspect.
        aspect: Width over height; None for as high as what is drawn.
    """

    channel: int | None = None
    frames: int | None = None
    fps: float | None = None
    width: int | None = None
    aspect: float | None = None

    def size(self, width: int) -> FrameSize:
        """Return how large the frames are.

        Args:
            width: Pixels across, if nobody says otherwise.
        """
        return FrameSize(self.width or (width if self.aspect is None else _WIDE), self.aspect)


class Film(NamedTuple):
    """Frames to write.

    Attributes:
        frames: In order, `(H, W, 3)`.
        fps: Frames per second.
        shown: Places of the output that have a frame.
        total: Places that there are.
    """

    frames: list[Frame]
    fps: float
    shown: int
    total: int


def collect(frames: Iterable[Frame], count: int) -> list[Frame]:
    """Draw all frames.

    Args:
        frames: They come one after the other.
        count: How many different ones there will be.

    Raises:
        UsageError: If they would not fit into memory together.
    """
    found: list[Frame] = []
    for frame in frames:
        height, width = frame.shape[:2]
        if not found and height * width * count > _MOST_PIXELS:
            raise UsageError(
                f"{count:,} frames of {width}x{height} are too much for one animation; choose fewer --frames or a "
                "smaller --size"
            )
        found.append(frame)
    return found


def hold_last(frames: list[Frame], fps: float) -> list[Frame]:
    """Let the last frame stay for two seconds, to be looked at."""
    return frames + frames[-1:] * round(_HOLD * fps)


def pace(count: int, fastest: float) -> float:
    """Return the frames a second that make an animation of about twelve seconds, within what eyes can follow."""
    return min(max(count / _SECONDS, _SLOWEST), fastest)
