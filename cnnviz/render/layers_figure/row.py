"""What a figure shows of a layer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.bars import BarChart

Levels = NDArray[np.uint8]


class LayerRow(NamedTuple):
    """A layer in a figure: its maps, or the cells of a vector, or bars.

    Attributes:
        name: The layer's.
        facts: Lines about it, such as its type, shape and range.
        tiles: Pictures, `(H, W)` or `(H, W, 3)`, None for a place that stays empty.
        cells: Levels of a vector, `(units,)`, or its colours, `(units, 3)`; None if it is none.
        chart: Values with names, in the place of cells; None for none.
    """

    name: str
    facts: tuple[str, ...]
    tiles: tuple[Levels | None, ...] = ()
    cells: Levels | None = None
    chart: BarChart | None = None
