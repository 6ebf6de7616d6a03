"""A transposed convolution: each input pixel stamps the kernel on the output, and stamps that overlap add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.animation.arithmetic import Line
from cnnviz.render.animation.layout import Sizes, arrange
from cnnviz.render.animation.maps import MapPanel
from cnnviz.render.animation.numbers import Format
from cnnviz.render.animation.scene import Stamped, StampScene, stamp
from cnnviz.render.animation.shading import diverging, gray, gray_within
from cnnviz.render.animation.writing import (
    progress,
    span,
    write_arithmetic,
    write_head,
    write_map,
    write_panel_labels,
    write_sign,
)
from cnnviz.render.kit.canvas import ACCENT, INK, PADDING, TIMES, Canvas, Frame
from cnnviz.render.kit.numbers import short

Array = NDArray[Any]

_CUT = 0.3
"""How much is left of the colours of what will be cut off."""


class StampFilm:
    """The frames of a stamping scene."""

    def __init__(self, scene: StampScene, width: int) -> None:
        """Draw what stays.

        Args:
            scene: What to show.
            width: Of the frames.
        """
        self._scene = scene
        shown = len(scene.channels)
        self._kernel = scene.kernel[:, :, :shown]
        self._kernel_magnitude = float(np.abs(self._kernel).max(initial=0))
        stamps = np.stack([scene.input[row, column, :shown] for row, column in scene.stops])
        reachable = np.abs(stamps[np.isfinite(stamps)]).max(initial=0)
        self._stamp_magnitude = float(reachable * self._kernel_magnitude)
        self._stamp_format = Format.of(stamps[:, None, None] * self._kernel)
        self._layout = arrange(
            width,
            Sizes(
                source=(scene.input.shape[0], scene.input.shape[1]),
                window=(scene.kernel.shape[0], scene.kernel.shape[1]),
                output=scene.area,
                rows=shown,
                panels=2,
                lines=len(self._lines(*scene.stops[0])),
            ),
        )
        value_format = Format.of(scene.input[:, :, :shown])
        maps = [scene.input[:, :, number] for number in range(shown)]
        self._inputs = [
            MapPanel(box, values, gray(values), value_format)
            for box, values in zip(self._layout.inputs, maps, strict=True)
        ]
        self._base = self._draw_base(maps)

    def frames(self) -> Iterator[Frame]:
        """Draw one frame after the other, the last one of the output as it is handed on."""
        scene = self._scene
        # Sums on the way may lie beyond those of the end, seldom far.
        *_, last = stamp(scene)
        finite = last.sums[np.isfinite(last.sums)]
        low, high = float(finite.min(initial=0)), float(finite.max(initial=0))
        format_ = Format.of(last.sums)
        for number, moment in enumerate(stamp(scene), 1):
            yield self._draw(moment, number, (low, high if high > low else low + 1), format_)
        yield self._draw_result()

    def _draw_base(self, maps: list[Array]) -> Canvas:
        scene, layout = self._scene, self._layout
        canvas = Canvas(layout.width, layout.height)
        write_head(canvas, scene.name, scene.details)
        for panel, name, values in zip(self._inputs, scene.channels, maps, strict=True):
            panel.draw(canvas)
            write_map(canvas, layout, panel.box, f"{scene.source}, {name}", values)
        write_map(canvas, layout, layout.output, f"{scene.name}, channel {scene.channel}", scene.output)
        format_ = Format.of(self._kernel)
        for number, (kernel, _) in enumerate(layout.panels):
            weights = self._kernel[:, :, number]
            MapPanel(kernel, weights, diverging(weights, self._kernel_magnitude), format_).draw(canvas)
        return canvas

    def _draw(self, moment: Stamped, number: int, ends: tuple[float, float], format_: Format) -> Frame:
        scene, canvas = self._scene, self._base.copy()
        total = scene.input.shape[0] * scene.input.shape[1]
        where = f"pixel row {moment.row}, column {moment.column}"
        write_head(canvas, where, progress(number, len(scene.stops), total), right=True)
        write_panel_labels(canvas, self._layout, (f"pixel {TIMES} kernel", "stamp"), scene.channels)
        for channel, (kernel, box) in enumerate(self._layout.panels):
            write_sign(canvas, kernel, box, "=")
            values = scene.input[moment.row, moment.column, channel] * self._kernel[:, :, channel]
            panel = MapPanel(box, values, diverging(values, self._stamp_magnitude), self._stamp_format)
            panel.draw(canvas)
            canvas.outline(box, ACCENT)
            self._inputs[channel].mark(canvas, [moment.row], [moment.column], ACCENT)
        colors = gray_within(moment.sums, *ends)
        kept = self._kept()
        colors[~kept] = (_CUT * colors[~kept] + (1 - _CUT) * np.array(PADDING)).astype(np.uint8)
        output = MapPanel(self._layout.output, moment.sums, colors, format_)
        output.draw(canvas, moment.reached)
        self._frame_kept(canvas, output)
        output.mark(canvas, *scene.taps(moment.row, moment.column), ACCENT)
        write_arithmetic(canvas, self._layout.text, self._lines(moment.row, moment.column))
        return canvas.frame()

    def _draw_result(self) -> Frame:
        """Draw the output as it is handed on: cut, with bias and activation."""
        scene, canvas = self._scene, self._base.copy()
        write_head(canvas, "all stamps", "with bias and activation" if scene.activation else "with bias", right=True)
        rows, columns = scene.output.shape
        values = np.zeros(scene.area)
        inside = (slice(scene.crop[0], scene.crop[0] + rows), slice(scene.crop[1], scene.crop[1] + columns))
        values[inside] = scene.output
        colors = np.full((*scene.area, 3), 255, np.uint8)
        colors[inside] = gray(scene.output)
        output = MapPanel(self._layout.output, values, colors, Format.of(scene.output))
        output.draw(canvas, self._kept())
        self._frame_kept(canvas, output)
        lines = [] if scene.bias is None else [Line("bias", short(scene.bias))]
        lines += [Line("activation", scene.activation)] if scene.activation else []
        write_arithmetic(canvas, self._layout.text, [*lines, Line(scene.name, span(scene.output))])
        return canvas.frame()

    def _kept(self) -> NDArray[np.bool_]:
        scene = self._scene
        kept = np.zeros(scene.area, np.bool_)
        rows, columns = scene.output.shape
        kept[scene.crop[0] : scene.crop[0] + rows, scene.crop[1] : scene.crop[1] + columns] = True
        return kept

    def _frame_kept(self, canvas: Canvas, output: MapPanel) -> None:
        """Draw a line around what is not cut off."""
        scene = self._scene
        rows, columns = scene.output.shape
        if scene.area != (rows, columns):
            top, left = scene.crop
            canvas.outline(output.spot(range(top, top + rows), range(left, left + columns)), INK, width=1)

    def _lines(self, row: int, column: int) -> list[Line]:
        scene = self._scene
        pixel = scene.input[row, column]
        lines = [Line(name, short(float(value))) for name, value in zip(scene.channels, pixel, strict=False)]
        rest = len(pixel) - len(scene.channels)
        if rest:
            lines.append(Line(f"{rest} more channels", ""))
        rows, columns = scene.taps(row, column)
        return [*lines, Line("from row, column", f"{rows[0] - scene.crop[0]}, {columns[0] - scene.crop[1]}")]
