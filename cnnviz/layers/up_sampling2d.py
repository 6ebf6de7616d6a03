"""Maps enlarged without learning."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights, need_image
from cnnviz.layers.fields import PositivePair, pair
from cnnviz.layers.reading import Reads, through_windows
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.resampling import place, upsample_bilinear, upsample_nearest
from cnnviz.ops.sliding import Sliding, Window


class UpSampling2D(Layer, frozen=True, kw_only=True):
    """Makes every map larger: pixels repeated (nearest), or straight lines drawn between them (bilinear)."""

    size: PositivePair = 2
    interpolation: Literal["nearest", "bilinear"] = "nearest"

    def variant(self) -> str:
        return self.interpolation

    def output_shape(self, *shapes: Shape) -> Shape:
        height, width, channels = need_image(shapes[0])
        rows, columns = pair(self.size)
        return (height * rows, width * columns, channels)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        find = _copied if self.interpolation == "nearest" else _drawn
        rows, columns = map(find, shapes[0], pair(self.size))
        return (through_windows(Sliding(rows, columns), shapes[0][2]),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        upsample = upsample_nearest if self.interpolation == "nearest" else upsample_bilinear
        return partial(upsample, size=pair(self.size))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.resampling import train_bilinear, train_nearest

        upsample = train_nearest if self.interpolation == "nearest" else train_bilinear
        return without_weights(partial(upsample, size=pair(self.size)))

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        is_copy = self.interpolation == "nearest"
        return COPY if is_copy else Rule("draw", {"size": pair(self.size)}, keeps_values=True)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        down, across = pair(self.size)
        if self.interpolation == "nearest":
            words = f"One of the {down}x{across} copies of an input pixel."
            return explaining.copy(inputs[0], (place[0] // down, place[1] // across, place[2]), words)
        height, width, _ = inputs[0].shape
        rows, columns = _between(place[0], down, height), _between(place[1], across, width)
        shares = np.outer(list(rows.values()), list(columns.values()))
        patch = explaining.window(inputs[0], list(rows), list(columns), [place[2]], shares)
        words = (
            f"It lies between {patch.read.size} input pixels: each counts the more, the nearer its centre is."
            if patch.read.size > 1
            else "It lies on the centre of an input pixel, or beyond the outermost, and takes its value."
        )
        return explaining.weighted_sum(lambda _: (patch, None), 0, 1, words)


def _copied(length: int, size: int) -> Window:
    """Return the window along an axis where each pixel is repeated: a pooling's window, turned around."""
    return Window(length * size, size, size).transposed()


def _drawn(length: int, size: int) -> Window:
    """Return the window along an axis where lines are drawn from each pixel's centre to the next ones'."""
    # A pixel matters where its centre is less than `size` new pixels away.
    taps = 2 * size - size % 2
    before = taps - size // 2 - 1
    return Window(length, taps, before=before, after=size + taps - before - 2, spacing=size, pads=False)


def _between(at: int, size: int, length: int) -> dict[int, float]:
    """Return the input pixels along an axis that a new pixel lies between, each with its share."""
    pixel, new = divmod(at, size)
    away = place(new, size)
    neighbour = min(max(pixel + (away > 0) - (away < 0), 0), length - 1)
    shares = {pixel: 1.0} if neighbour == pixel else {pixel: 1 - abs(away), neighbour: abs(away)}
    return dict(sorted(shares.items()))
