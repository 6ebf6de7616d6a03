"""What every layer of a stack makes of a picture, as slides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from cnnviz.render.animation.slides import ClassesSlide, Content, Ends, MapSlide, VectorSlide
from cnnviz.render.animation.through import Slide, fade
from cnnviz.render.kit.colormap import as_rgb, colour
from cnnviz.render.scaling import Ranges, ranges, to_levels
from cnnviz.render.statistics import Statistics, measured
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.network import Network
from cnnviz.wording import shape_text
from cnnviz.workflows.animation.film import Film, FilmRequest, collect, hold_last
from cnnviz.workflows.drawing.draw import draw, draw_input
from cnnviz.workflows.drawing.style import Style
from cnnviz.workflows.prepare.input_image import InputImage
from cnnviz.workflows.prepare.recognition import recognise
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
    faded = fade(slides, request.size(_WIDTH), steps)
    held = max(round(_HOLD * fps), 1)
    frames = collect((frame for frame, stays in faded for _ in range(held if stays else 1)), steps * len(slides))
    return Film(hold_last(frames, fps), fps, len(slides), len(slides))


def _slides(network: Network, image: InputImage, channel: int | None) -> Iterator[Slide]:
    style = Style.of(network.stack, DrawingRequest(max_maps=0, order="index", labels=False))
    picture = as_rgb(draw_input(image, style))
    yield Slide(MapSlide(picture), INPUT, shape_text(image.shape))
    for node, array, statistics in measured(network.walk(image.pixels)):
        found = recognise(network, image.pixels) if node is network.nodes[-1] else None
        content: Content = _content(node, array, statistics, style, channel)
        facts = [node.layer.kind_in_words(), shape_text(node.output_shape)]
        if found is not None:
            content = ClassesSlide(picture, found)
            facts.append(f"taken for {found.winner}")
        elif isinstance(content, MapSlide) and array.shape[2] > 1:
            facts.append("in colour" if content.composite else f"map {min(channel or 0, array.shape[2] - 1)}")
        yield Slide(content, node.layer.name, ", ".join(facts))


def _content(
    node: Node, array: Array, statistics: Statistics, style: Style, channel: int | None
) -> MapSlide | VectorSlide:
    """Draw a layer: in colour if the stack says so, else one of its maps; a vector as cells."""
    if channel is None and style.has_composite(node):
        drawn = draw(array, statistics, node, style)
        assert drawn.composite is not None
        return MapSlide(as_rgb(drawn.composite), _ends(drawn.ranges), composite=True)
    if array.ndim == 1:
        used = ranges(statistics, style.scale_by, array)
        colors = as_rgb(colour(to_levels(array, used)[None], style.table))[0]
        return VectorSlide(np.asarray(array, np.float64), colors, _ends(used), style.table)
    number = min(channel or 0, array.shape[2] - 1)
    drawn = draw(array, statistics, node, replace(style, max_maps=number + 1))
    return MapSlide(as_rgb(drawn.maps[number]), _ends(drawn.ranges, slice(number, number + 1)), style.table)


def _ends(used: Ranges, chosen: slice = slice(None)) -> Ends:
    """Return the values at the ends of the colours."""
    low, high = used.low[chosen], used.high[chosen]
    return (float(np.nanmin(low)), float(np.nanmax(high))) if np.isfinite(low).any() else (None, None)
