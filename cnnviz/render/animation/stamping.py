"""A transposed convolution: each input pixel stamps the kernel on the output, and stamps that overlap add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.animation.arithmetic import NamedNumber
from cnnviz.render.animation.film import LayerFilm, arranged
from cnnviz.render.animation.layout import FrameSize, Sizes
from cnnviz.render.animation.maps import MapPanel
from cnnviz.render.animation.numbers import Format
from cnnviz.render.animation.scene import Scene
from cnnviz.render.animation.shading import SignedScale, gray
from cnnviz.render.animation.stamps import Stamped, Stamps, stamp
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
from cnnviz.render.kit.colors import largest_magnitude
from cnnviz.render.kit.numbers import short
from cnnviz.render.scaling import ScaleBy
from cnnviz.wording import listed

Array = NDArray[Any]

_CUT = 0.3
"""How much is left of the colours of what will be cut off."""


class StampFilm(LayerFilm):
    """The frames of a kernel that is stamped."""

    def __init__(self, scene: Scene, stamps: Stamps, bias: float | None, activation: str, size: FrameSize) -> None:
        """Draw what stays.

        Args:
            scene: What to show.
            stamps: What is stamped.
            bias: What is added at the end; None for nothing.
            activation: What bends the sums at the end; empty for nothing.
            size: How large the frames are.
        """
        self._stamps, self._bias, self._activation = stamps, bias, activation
        self._area = stamps.area
        self._name = (scene.name, f"channel {scene.channel}")
        self._kept = np.zeros(self._area.input, np.bool_)
        self._kept[stamps.kept] = True
        scene, layout = arranged(scene, size, self._sizes)
        super().__init__(scene, layout, size.width)
        shown = len(scene.maps)
        self._kernel = stamps.kernel[:, :, :shown]
        weights = SignedScale(self._kernel)
        pixels = np.stack([stamps.input[row, column, :shown] for row, column in stamps.stops])
        magnitude = largest_magnitude(pixels) * weights.magnitude
        self._products = SignedScale(pixels[:, None, None] * self._kernel, magnitude)
        panel = self.layout.panels[0][0]
        kernels = np.moveaxis(self._kernel, -1, 0)
        products = (pixel * kernel for some in pixels for pixel, kernel in zip(some, kernels, strict=True))
        self._rounded = [weights.rounded(panel, kernels), self._products.rounded(panel, products)]
        for number, (kernel, _) in enumerate(self.layout.panels):
            weights.draw(self.base, kernel, self._kernel[:, :, number])

    def _sizes(self, scene: Scene) -> Sizes:
        return Sizes(
            source=(self._stamps.input.shape[0], self._stamps.input.shape[1]),
            window=self._area.size,
            output=self._area.input,
            rows=len(scene.maps),
            panels=2,
            lines=max(len(self._lines(scene, *self._stamps.stops[0])), len(self._result_lines(scene))),
        )

    def frames(self) -> Iterator[Frame]:
        """Draw one frame after the other, the last one of the output as it is handed on."""
        # Sums on the way may be larger than the last ones, seldom by much.
        *_, last = stamp(self._stamps)
        finite = last.sums[np.isfinite(last.sums)]
        low, high = float(finite.min(initial=0)), float(finite.max(initial=0))
        scale_by, format_ = ScaleBy("fixed", low, high if high > low else low + 1), Format.of(last.sums)
        shown, rounded = last.sums.copy(), MapPanel(self.layout.output, last.sums, gray(last.sums), format_).rounded
        for number, moment in enumerate(stamp(self._stamps), 1):
            canvas = self.base.copy()
            write_map(canvas, self.layout, self.layout.output, self._name, shown, rounded)
            yield self._draw(canvas, moment, number, scale_by, format_)
        yield self._draw_result()

    def _draw(self, canvas: Canvas, moment: Stamped, number: int, scale_by: ScaleBy, format_: Format) -> Frame:
        scene, stamps = self.scene, self._stamps
        where = f"pixel row {moment.row}, column {moment.column}"
        shown = progress(number, len(stamps.stops), scene.maps[0].size)
        write_head(canvas, (scene.name, scene.details), (where, shown))
        write_panel_labels(canvas, self.layout, (f"pixel {TIMES} kernel", "stamp"), scene.channels, self._rounded)
        for channel, (kernel, box) in enumerate(self.layout.panels):
            write_sign(canvas, kernel, box, "=")
            pixel = stamps.input[moment.row, moment.column, channel]
            self._products.draw(canvas, box, pixel * self._kernel[:, :, channel])
            canvas.outline(box, ACCENT)
            self.inputs[channel].mark(canvas, [moment.row], [moment.column], ACCENT)
        colors = gray(moment.sums, scale_by)
        colors[~self._kept] = (_CUT * colors[~self._kept] + (1 - _CUT) * np.array(PADDING)).astype(np.uint8)
        output = self._draw_area(canvas, moment.sums, colors, format_, moment.reached)
        output.mark(canvas, *self._area.places((moment.row, moment.column)), ACCENT)
        write_arithmetic(canvas, self.layout.text, self._lines(scene, moment.row, moment.column))
        return canvas.frame()

    def _draw_result(self) -> Frame:
        """Draw the output as it is handed on: cut, with bias and activation."""
        scene, canvas = self.scene, self.base.copy()
        added = listed([*["bias"] * (self._bias is not None), *["activation"] * bool(self._activation)])
        where = ("all stamps", f"with {added}" if added else "")
        write_head(canvas, (scene.name, scene.details), where)
        write_panel_labels(canvas, self.layout, ("kernel", ""), scene.channels, (self._rounded[0], False))
        values, colors = np.zeros(self._area.input), np.full((*self._area.input, 3), 255, np.uint8)
        values[self._stamps.kept], colors[self._stamps.kept] = scene.output, gray(scene.output)
        panel = self._draw_area(canvas, values, colors, Format.of(scene.output), self._kept)
        write_map(canvas, self.layout, self.layout.output, self._name, scene.output, panel.rounded)
        write_arithmetic(canvas, self.layout.text, self._result_lines(scene))
        return canvas.frame()

    def _draw_area(
        self, canvas: Canvas, values: Array, colors: NDArray[np.uint8], format_: Format, known: NDArray[np.bool_]
    ) -> MapPanel:
        """Draw the stamped area, with a line around what is not cut off."""
        panel = MapPanel(self.layout.output, values, colors, format_)
        panel.draw(canvas, known)
        if not self._kept.all():
            rows, columns = (range(part.start, part.stop) for part in self._stamps.kept)
            canvas.outline(panel.spot(rows, columns), INK, width=1)
        return panel

    def _result_lines(self, scene: Scene) -> list[NamedNumber]:
        """Write what comes to the sums at the end."""
        lines = [] if self._bias is None else [NamedNumber("bias", short(self._bias))]
        lines += [NamedNumber("activation", self._activation)] if self._activation else []
        return [*lines, NamedNumber(scene.name, span(scene.output))]

    def _lines(self, scene: Scene, row: int, column: int) -> list[NamedNumber]:
        """Write the pixel, and where on the output its stamp begins."""
        pixel = self._stamps.input[row, column]
        lines = [NamedNumber(name, short(float(value))) for name, value in zip(scene.channels, pixel, strict=False)]
        rest = len(pixel) - len(scene.channels)
        if rest:
            lines.append(NamedNumber(f"{rest} more channels", ""))
        rows, columns = self._stamps.sliding.places((row, column))
        return [*lines, NamedNumber("from row, column", f"{rows[0]}, {columns[0]}")]
