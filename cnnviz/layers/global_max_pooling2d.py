"""Maximum over whole maps."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cnnviz.layers.base import Forward, Shape, Weights
from cnnviz.layers.pooling import GlobalPooling
from cnnviz.ops.reductions import maximum


class GlobalMaxPooling2D(GlobalPooling, frozen=True, kw_only=True):
    """Keeps the largest value of each map: how strongly its filter answered anywhere."""

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(maximum, axes=(1, 2), keepdims=self.keepdims)
