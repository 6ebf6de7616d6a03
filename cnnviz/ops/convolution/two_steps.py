"""Single outputs of a depthwise convolution and the pointwise one behind it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution.gathering import Places, parts, windows_at
from cnnviz.ops.convolution.problem import Array
from cnnviz.ops.sliding import Sliding


class TwoStepPointSums:
    """The sums of |weights| x |input| behind single outputs, bias left out.

    Args:
        within: The depthwise kernel, `(kernel height, kernel width, in, multiplier)`.
        across: The pointwise kernel, `(in * multiplier, out)`.
        sliding: How the depthwise kernel slides.
    """

    def __init__(self, within: Array, across: Array, sliding: Sliding) -> None:
        self._within, self._across, self._sliding = within, across, sliding

    def __call__(self, x: Array, places: Places, factor: float = 1.0) -> NDArray[np.float64]:
        """Work sums out.

        Args:
            x: `(N, H, W, in)`.
            places: Item, row, column and filter of each output.
            factor: For the magnitudes.

        Returns:
            `(places,)`.
        """
        return self._both(x, places, np.abs(self._within) * factor, np.abs(self._across), magnitudes=True)

    def values(self, x: Array, places: Places) -> NDArray[np.float64]:
        """Work the outputs themselves out, in double precision.

        Args:
            x: `(N, H, W, in)`.
            places: Item, row, column and filter of each output.

        Returns:
            `(places,)`.
        """
        return self._both(x, places, self._within, self._across)

    def _both(
        self, x: Array, places: Places, within: Array, across: Array, magnitudes: bool = False
    ) -> NDArray[np.float64]:
        """Take both steps."""
        sums = np.empty(len(places[0]))
        for part in parts(len(sums), within.size):
            items, rows, columns, filters = (axis[part] for axis in places)
            windows = windows_at(self._sliding, x, (items, rows, columns))
            if magnitudes:
                np.abs(windows, out=windows)
            maps = np.einsum("pijc,ijcm->pcm", windows, within, dtype=np.float64)
            sums[part] = np.einsum("pn,pn->p", maps.reshape(len(maps), -1), across.T[filters])
        return sums
