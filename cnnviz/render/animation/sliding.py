"""A window sliding over a layer's input: what it reads, what it does with that, and the output filling up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

import numpy as np

from cnnviz.layers.explaining.records import Explanation, Patch
from cnnviz.render.animation.arithmetic import arithmetic
from cnnviz.render.animation.film import LayerFilm, arranged
from cnnviz.render.animation.layout import FrameSize, Sizes
from cnnviz.render.animation.maps import MapPanel
from cnnviz.render.animation.numbers import Format
from cnnviz.render.animation.scene import Scene
from cnnviz.render.animation.shading import SignedScale, gray
from cnnviz.render.animation.writing import (
    progress,
    write_arithmetic,
    write_head,
    write_map,
    write_panel_labels,
    write_sign,
)
from cnnviz.render.kit.canvas import ACCENT, PADDING, TIMES, WINNER, Canvas, Frame


class Moment(NamedTuple):
    """One place of the output while it is worked out.

    Attributes:
        row: Row of the output.
        column: Column of the output.
        explanation: Where its value comes from.
    """

    row: int
    column: int
    explanation: Explanation

    @property
    def patch(self) -> Patch:
        """What it reads of the input."""
        return self.explanation.stages[0].patches[0]


class SlidingFilm(LayerFilm):
    """The frames of a window that slides."""

    def __init__(
        self, scene: Scene, moments: Sequence[Moment], padding: tuple[int, int, int, int], size: FrameSize
    ) -> None:
        """Draw what stays.

        Args:
            scene: What to show.
            moments: Where the window stops, in order.
            padding: Pixels around the input maps: top, bottom, left, right.
            size: How large the frames are.
        """
        self._moments = moments
        patch = moments[0].patch
        weighted = patch.weights is not None

        def measure(scene: Scene) -> Sizes:
            rows, columns = scene.maps[0].shape
            return Sizes(
                source=(padding[0] + rows + padding[1], padding[2] + columns + padding[3]),
                window=(len(patch.rows), len(patch.columns)),
                output=(scene.output.shape[0], scene.output.shape[1]),
                rows=len(scene.maps),
                panels=3 if weighted else 1,
                lines=max(len(arithmetic(moment.explanation, scene.channels, scene.name)) for moment in moments),
            )

        scene, layout = arranged(scene, size, measure)
        shown = len(scene.maps)
        super().__init__(scene, layout, size.width, padding, zeros=weighted)
        self._output = MapPanel(layout.output, scene.output, gray(scene.output), Format.of(scene.output))
        name = (scene.name, f"channel {scene.channel}")
        write_map(self.base, layout, layout.output, name, scene.output, self._output.rounded)
        panel = layout.panels[0][0]
        windows = (moment.patch.values[:, :, 0] for moment in moments)
        rounded = [any(MapPanel(panel, values, gray(values), self.format).rounded for values in windows)]
        if patch.weights is not None:
            terms = [moment.patch.terms[:, :, :shown] for moment in moments if moment.patch.terms is not None]
            self._terms, weights = SignedScale(np.stack(terms)), SignedScale(patch.weights)
            rounded.append(weights.rounded(panel, patch.weights.transpose(2, 0, 1)[:shown]))
            rounded.append(self._terms.rounded(panel, (term for some in terms for term in some.transpose(2, 0, 1))))
            for channel, (window, kernel, products) in enumerate(layout.panels):
                weights.draw(self.base, kernel, patch.weights[:, :, channel])
                write_sign(self.base, window, kernel, TIMES)
                write_sign(self.base, kernel, products, "=")
        names = ("window", "kernel", "products") if weighted else ("window",)
        write_panel_labels(self.base, layout, names, scene.channels, rounded)

    def frames(self) -> Iterator[Frame]:
        """Draw one frame after the other."""
        return map(self._draw, self._moments, count(1))

    def _draw(self, moment: Moment, number: int) -> Frame:
        scene, patch = self.scene, moment.patch
        canvas = self.base.copy()
        where = f"output row {moment.row}, column {moment.column}"
        shown = progress(number, len(self._moments), scene.output.size)
        write_head(canvas, (scene.name, scene.details), (where, shown))
        for channel, boxes in enumerate(self.layout.panels):
            self._draw_window(canvas, patch, channel)
            if patch.weights is not None and patch.terms is not None:
                self._terms.draw(canvas, boxes[2], patch.terms[:, :, channel], ~patch.inside)
            self.inputs[channel].mark(canvas, patch.rows, patch.columns, ACCENT)
        if patch.chosen is not None:
            row, column, _ = patch.chosen
            self.inputs[0].mark(canvas, [patch.rows[row]], [patch.columns[column]], WINNER)
        done = np.zeros(scene.output.shape, np.bool_)
        done.reshape(-1)[: moment.row * scene.output.shape[1] + moment.column + 1] = True
        self._output.draw(canvas, done)
        self._output.mark(canvas, [moment.row], [moment.column], ACCENT)
        write_arithmetic(canvas, self.layout.text, arithmetic(moment.explanation, scene.channels, scene.name))
        return canvas.frame()

    def _draw_window(self, canvas: Canvas, patch: Patch, channel: int) -> None:
        """Draw what the window reads of a channel, in the colours that it has there."""
        shades = self.shades[channel]
        rows = np.asarray(patch.rows).clip(0, len(shades) - 1)
        columns = np.asarray(patch.columns).clip(0, shades.shape[1] - 1)
        colors = shades[np.ix_(rows, columns)]
        colors[~patch.inside] = PADDING  # bright, for the letters
        box, values = self.layout.panels[channel][0], patch.values[:, :, channel]
        panel = MapPanel(box, values, colors, self.format, zeros=patch.weights is not None)
        panel.draw(canvas, outside=~patch.inside)
        canvas.outline(panel.box, ACCENT)
        if patch.chosen is not None:
            panel.mark(canvas, [patch.chosen[0]], [patch.chosen[1]], WINNER)
