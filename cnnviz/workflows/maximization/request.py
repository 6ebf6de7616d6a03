"""What a maximisation is asked."""

from __future__ import annotations

from pathlib import Path

import msgspec


class MaximizationRequest(msgspec.Struct, frozen=True):
    """What is asked of a maximisation; None for what suits the size of the pictures.

    Attributes:
        layer: The layer, or the tensor of the model file that it is.
        channels: Maps or units; empty for all, at most `MOST`. With a picture to begin with, for the whole layer.
        start: The picture to begin with: a file or `sample:NAME`; None for noise.
        input_channels: Channels of the pictures, where these are no colours; None for the stack's.
        steps: Steps of the ascent.
        learning_rate: Length of a step.
        shift: Pixels by which pictures are shifted at most.
        turn: Degrees by which they are turned at most.
        scale: Part by which they are enlarged or shrunk at most.
        variation: What their total variation weighs.
        animation: Also write the ascent as an animation into this file; None for none.
        fps: Frames per second of the animation.
    """

    layer: str
    channels: tuple[int, ...] = ()
    start: str | None = None
    input_channels: int | None = None
    steps: int = 256
    learning_rate: float = 0.05
    shift: float | None = None
    turn: float | None = None
    scale: float | None = None
    variation: float | None = None
    animation: Path | None = None
    fps: float = 12.0


MOST = 64
"""So many channels are taken where none are named."""
