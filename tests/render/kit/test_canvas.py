from __future__ import annotations

import numpy as np

from cnnviz.render.animation.maps import MapPanel
from cnnviz.render.animation.numbers import Format
from cnnviz.render.kit.canvas import ACCENT, PAPER, Box, Canvas, fitting_size
from cnnviz.render.kit.lettering import text_width


def test_numbers_have_the_size_at_which_all_of_them_fit() -> None:
    size = fitting_size(["0", "-0.25"], 30)
    assert size is not None
    assert text_width("-0.25", size) <= 26
    assert fitting_size(["-0.25"], 12) is None


def test_a_window_is_outlined_with_each_of_its_taps() -> None:
    values = np.zeros((9, 9))
    colors = np.full((9, 9, 3), 255, np.uint8)
    marked = {}
    for cell in (4, 20):
        for taps in ([2, 3, 4], [2, 4, 6]):
            canvas = Canvas.blank(400, 400)
            panel = MapPanel(Box(50, 50, 9 * cell, 9 * cell), values, colors, Format(0))
            panel.mark(canvas, taps, taps, ACCENT)
            found = np.argwhere((canvas.frame() == ACCENT).all(axis=2))
            ends = [50 + min(taps) * cell - 2, 50 + (max(taps) + 1) * cell + 1]
            assert [found.min(), found.max()] == ends
            middle = round(50 + (taps[1] + 0.5) * cell)
            inner = canvas.frame()[
                middle - cell // 2 : middle + cell // 2 + 1, middle - cell // 2 : middle + cell // 2 + 1
            ]
            marked[cell, taps[1]] = bool((inner != PAPER).any())
    assert marked == {(4, 3): False, (4, 4): True, (20, 3): False, (20, 4): True}
