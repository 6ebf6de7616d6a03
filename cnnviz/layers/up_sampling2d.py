"""Maps enlarged without learning."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any, Literal

import numpy as np

from cnnviz.layers.base import Forward, Layer, Shape, Weights, Window, need_image
from cnnviz.layers.fields import PositivePair, pair
from cnnviz.ops.resampling import upsample_bilinear, upsample_nearest


class UpSampling2D(Layer, frozen=True, kw_only=True):
    """Makes every map larger: pixels repeated (nearest), or straight lines drawn between them (bilinear)."""

    size: PositivePair = 2
    interpolation: Literal["nearest", "bilinear"] = "nearest"

    def output_shape(self, *shapes: Shape) -> Shape:
        height, width, channels = need_image(shapes[0])
        rows, columns = pair(self.size)
        return (height * rows, width * columns, channels)

    def window(self, *shapes: Shape) -> Window:
        rows, columns = pair(self.size)
        strides = (Fraction(1, rows), Fraction(1, columns))
        if self.interpolation == "nearest":
            return Window((1, 1), strides, (Fraction(0), Fraction(0)))
        return Window((1 + (rows > 1), 1 + (columns > 1)), strides, ((strides[0] - 1) / 2, (strides[1] - 1) / 2))

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        upsample = upsample_nearest if self.interpolation == "nearest" else upsample_bilinear
        return partial(upsample, size=pair(self.size))
