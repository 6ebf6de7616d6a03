"""A window sliding over a layer's input: what it reads, what it does with that, and the output filling up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import Patch
from cnnviz.render.animation.arithmetic import arithmetic
from cnnviz.render.animation.layout import Layout, Sizes, arrange
from cnnviz.render.animation.maps import MapPanel
from cnnviz.render.animation.numbers import Format
from cnnviz.render.animation.scene import Moment, Scene
from cnnviz.render.animation.shading import diverging, gray
from cnnviz.render.animation.writing import (
    progress,
    write_arithmetic,
    write_head,
    write_map,
    write_panel_labels,
    write_sign,
)
from cnnviz.render.kit.canvas import ACCENT, PADDING, TIMES, WINNER, Canvas, Frame

Array = NDArray[Any]


class SlidingFilm:
    """The frames of a scene."""

    def __init__(self, scene: Scene, width: int) -> None:
        """Draw what stays.

        Args:
            scene: What to show.
            width: Of the frames.
        """
        self._scene = scene
        patch = scene.moments[0].patch
        self._shades = [gray(values) for values in scene.inputs]
        self._value_format = Format.of(np.stack(scene.inputs))
        self._kernel_magnitude = self._term_magnitude = 0.0
        if patch.weights is not None:
            terms = np.stack([_shown(moment.patch.terms, scene) for moment in scene.moments])
            self._kernel_magnitude, self._kernel_format = _magnitude(patch.weights), Format.of(patch.weights)
            self._term_magnitude, self._term_format = _magnitude(terms), Format.of(terms)
        self._layout = self._arrange(width, patch)
        self._inputs = [
            MapPanel(box, values, colors, self._value_format, scene.padding, zeros=scene.weighted)
            for box, values, colors in zip(self._layout.inputs, scene.inputs, self._shades, strict=True)
        ]
        self._output = MapPanel(self._layout.output, scene.output, gray(scene.output), Format.of(scene.output))
        self._base = self._draw_base(patch)

    def frames(self) -> Iterator[Frame]:
        """Draw one frame after the other."""
        for number, moment in enumerate(self._scene.moments, 1):
            yield self._draw(moment, number)

    def _arrange(self, width: int, patch: Patch) -> Layout:
        scene = self._scene
        top, bottom, left, right = scene.padding
        rows, columns = scene.inputs[0].shape
        return arrange(
            width,
            Sizes(
                source=(top + rows + bottom, left + columns + right),
                window=(len(patch.rows), len(patch.columns)),
                output=(scene.output.shape[0], scene.output.shape[1]),
                rows=len(scene.inputs),
                panels=3 if scene.weighted else 1,
                lines=len(arithmetic(scene.moments[0].explanation, scene.channels, scene.name)),
            ),
        )

    def _draw_base(self, patch: Patch) -> Canvas:
        scene, layout = self._scene, self._layout
        canvas = Canvas(layout.width, layout.height)
        write_head(canvas, scene.name, scene.details)
        for panel, name, values in zip(self._inputs, scene.channels, scene.inputs, strict=True):
            panel.draw(canvas)
            write_map(canvas, layout, panel.box, f"{scene.source}, {name}", values)
        write_map(canvas, layout, layout.output, f"{scene.name}, channel {scene.channel}", scene.output)
        names = ("window", "kernel", "products") if scene.weighted else ("window",)
        write_panel_labels(canvas, layout, names, scene.channels)
        if patch.weights is not None:
            for channel, (window, kernel, products) in enumerate(layout.panels):
                weights = patch.weights[:, :, channel]
                colors = diverging(weights, self._kernel_magnitude)
                MapPanel(kernel, weights, colors, self._kernel_format).draw(canvas)
                write_sign(canvas, window, kernel, TIMES)
                write_sign(canvas, kernel, products, "=")
        return canvas

    def _draw(self, moment: Moment, number: int) -> Frame:
        scene, patch = self._scene, moment.patch
        canvas = self._base.copy()
        columns = scene.output.shape[1]
        write_head(
            canvas,
            f"output row {moment.row}, column {moment.column}",
            progress(number, len(scene.moments), scene.total),
            right=True,
        )
        for channel, boxes in enumerate(self._layout.panels):
            self._draw_window(canvas, moment, channel)
            if patch.terms is not None:
                terms = patch.terms[:, :, channel]
                colors = diverging(terms, self._term_magnitude)
                MapPanel(boxes[2], terms, colors, self._term_format).draw(canvas)
            self._inputs[channel].mark(canvas, patch.rows, patch.columns, ACCENT)
        if patch.chosen is not None:
            row, column, _ = patch.chosen
            self._inputs[0].mark(canvas, [patch.rows[row]], [patch.columns[column]], WINNER)
        done = np.zeros(scene.output.shape, np.bool_)
        done.reshape(-1)[: moment.row * columns + moment.column + 1] = True
        self._output.draw(canvas, done)
        self._output.mark(canvas, [moment.row], [moment.column], ACCENT)
        write_arithmetic(canvas, self._layout.text, arithmetic(moment.explanation, scene.channels, scene.name))
        return canvas.frame()

    def _draw_window(self, canvas: Canvas, moment: Moment, channel: int) -> None:
        """Draw what the window reads of a channel, in the colours that it has there."""
        patch, shades = moment.patch, self._shades[channel]
        rows = np.asarray(patch.rows).clip(0, len(shades) - 1)
        columns = np.asarray(patch.columns).clip(0, shades.shape[1] - 1)
        colors = shades[np.ix_(rows, columns)]
        colors[~patch.inside] = PADDING
        panel = MapPanel(self._layout.panels[channel][0], patch.values[:, :, channel], colors, self._value_format)
        panel.draw(canvas)
        canvas.outline(panel.box, ACCENT)
        if patch.chosen is not None:
            panel.mark(canvas, [patch.chosen[0]], [patch.chosen[1]], WINNER)


def _shown(values: Array | None, scene: Scene) -> Array:
    assert values is not None
    return values[:, :, : len(scene.inputs)]


def _magnitude(values: Array) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0))
