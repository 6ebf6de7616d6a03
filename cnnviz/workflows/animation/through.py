"""What every layer of a stack makes of a picture, as slides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from cnnviz.render.animation.through import Slide, fade
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.numbers import range_text
from cnnviz.render.statistics import Statistics, measured
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.network import Network
from cnnviz.wording import shape_text
from cnnviz.workflows.animation.film import Film, FilmRequest, collect
from cnnviz.workflows.drawing.draw import draw, draw_input
from cnnviz.workflows.drawing.style import Style
from cnnviz.workflows.prepare.input_image import InputImage
from cnnviz.workflows.prepare.request import DrawingRequest

Array = NDArray[Any]

_WIDTH = 480
"""Pixels across the frames, if nobody says otherwise: fading photographs make large files."""
_STEPS = 6
_FPS = 12.0
_HOLD = 1.0
"""Seconds that a layer stays."""


def film_through(network: Network, image: InputImage, request: FilmRequest) -> Film:
    """Draw a picture's way through a stack.

    Args:
        network: The network.
        image: What enters it.
        request: How the animation is made.

    Raises:
        UsageError: If the frames are too many.
    """
    slides = list(_slides(network, image, request.channel))
    fps, steps = request.fps or _FPS, request.frames or _STEPS
    held = max(round(_HOLD * fps), 1)
    faded = fade(slides, request.width or _WIDTH, steps)
    made = collect((frame for frame, stays in faded for _ in range(held if stays else 1)), steps * len(slides))
    return Film(made, fps, len(slides), len(slides))


def _slides(network: Network, image: InputImage, channel: int | None) -> Iterator[Slide]:
    style = Style.of(network.stack, DrawingRequest(max_maps=0, order="index"))
    yield Slide(as_rgb(draw_input(image, style)), INPUT, shape_text(image.shape))
    for node, array, statistics in measured(network.walk(image.pixels)):
        yield _slide(node, array, statistics, style, channel)


def _slide(node: Node, array: Array, statistics: Statistics, style: Style, channel: int | None) -> Slide:
    """Draw a layer: in colour if the stack says so, else one of its maps; a vector as cells."""
    facts = [node.layer.kind_in_words(), shape_text(node.output_shape)]
    if channel is None and style.has_composite(node):
        drawn = draw(array, statistics, node, style)
        assert drawn.composite is not None
        levels, chosen = drawn.composite, slice(None)
    elif array.ndim == 1:
        drawn = draw(array, statistics, node, style)
        levels, chosen = drawn.sheet, slice(None)
    else:
        number = min(channel or 0, array.shape[2] - 1)
        drawn = draw(array, statistics, node, replace(style, max_maps=number + 1))
        levels, chosen = drawn.maps[number], slice(number, number + 1)
        facts.append(f"map {number}")
    low, high = drawn.ranges.low[chosen], drawn.ranges.high[chosen]
    if np.isfinite(low).any():
        facts.append(range_text((float(np.nanmin(low)), float(np.nanmax(high))), 4))
    return Slide(as_rgb(levels), node.layer.name, ", ".join(facts))
