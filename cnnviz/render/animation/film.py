"""What all frames of a layer at work have in common."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnviz.render.animation.layout import NUMBERED, FrameSize, Layout, Sizes, arrange
from cnnviz.render.animation.maps import NO_PADDING, MapPanel
from cnnviz.render.animation.numbers import Format
from cnnviz.render.animation.scene import Scene
from cnnviz.render.animation.shading import gray
from cnnviz.render.animation.writing import write_map
from cnnviz.render.kit.canvas import Canvas


def arranged(scene: Scene, size: FrameSize, measure: Callable[[Scene], Sizes]) -> tuple[Scene, Layout]:
    """Arrange a scene: in a frame of a given shape with fewer of the input's maps, if their numbers fit only then.

    Args:
        scene: What to show.
        size: How large the frames are.
        measure: Says what a frame has to hold.

    Returns:
        The scene with the maps that are shown, and where.
    """
    width, height = size.room()
    found = []
    for count in range(len(scene.maps), 0, -1):
        part = scene.first(count)
        sizes = measure(part)
        found.append((part, arrange(width, sizes, height)))
        if height is None or found[-1][1].panel_cell(sizes) >= NUMBERED:
            return found[-1]
    return found[0]


class LayerFilm:
    """The frames of a layer at work: the maps that it reads and the words that stay.

    Attributes:
        scene: What is shown.
        layout: Where.
        shades: The colours of the input maps.
        format: How their numbers are written.
        inputs: The input maps in their places.
        base: What every frame begins with.
    """

    def __init__(
        self,
        scene: Scene,
        layout: Layout,
        width: int,
        padding: tuple[int, int, int, int] = NO_PADDING,
        zeros: bool = True,
    ) -> None:
        """Draw what stays.

        Args:
            scene: What to show.
            layout: Where.
            width: Width of the frames in pixels.
            padding: Pixels around the input maps: top, bottom, left, right.
            zeros: Whether the padding counts as zeros.
        """
        self.scene, self.layout = scene, layout
        self.shades = [gray(values) for values in scene.maps]
        self.format = Format.of(np.stack(scene.maps))
        self.inputs = [
            MapPanel(box, values, colors, self.format, padding, zeros)
            for box, values, colors in zip(layout.inputs, scene.maps, self.shades, strict=True)
        ]
        self.base = Canvas.blank(layout.width, layout.height, width / layout.width)
        for panel, name, values in zip(self.inputs, scene.channels, scene.maps, strict=True):
            panel.draw(self.base)
            write_map(self.base, layout, panel.box, (scene.source, name), values, panel.rounded)
