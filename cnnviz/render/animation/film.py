"""What all frames of a layer at work have in common."""

from __future__ import annotations

import numpy as np

from cnnviz.render.animation.layout import Layout
from cnnviz.render.animation.maps import NO_PADDING, MapPanel
from cnnviz.render.animation.numbers import Format
from cnnviz.render.animation.scene import Scene
from cnnviz.render.animation.shading import gray
from cnnviz.render.animation.writing import write_map
from cnnviz.render.kit.canvas import Canvas


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
            write_map(self.base, layout, panel.box, f"{scene.source}, {name}", values, panel.rounded)
