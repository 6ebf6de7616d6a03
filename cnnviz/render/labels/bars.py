"""Classes as bars: a line for each, with its name and its value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.bars import BarChart, place_between
from cnnviz.render.kit.lettering import text_width
from cnnviz.render.labels.strip import GAP, INK, MARGIN, PALE, TEXT, Strip, paper, write_strip

Levels = NDArray[np.uint8]

_WIDTH = 440
"""Pixels from the end of the smallest value's bar to that of the largest."""

_LINE, _THICK = 24, 16
_NAMES = 260
"""Pixels that names may take."""

_WINNER, _OTHER, _AXIS = 40, 165, 90
"""Levels of the bars of the largest value and of all others, and of the line where zero is."""


def labelled_bars(chart: BarChart, strip: Strip) -> Levels:
    """Draw bars from zero on, to the right for what is positive; the largest is dark.

    Args:
        chart: The bars.
        strip: What stands over them.

    Returns:
        `(height, width)`.
    """
    bars, ends = chart
    names = min(int(max(text_width(bar.name, TEXT) for bar in bars)) + 1, _NAMES)
    texts = int(max(text_width(bar.text, TEXT) for bar in bars)) + 1
    left = MARGIN + names + GAP
    width = max(left + _WIDTH + GAP + texts + MARGIN, strip.width)
    sheet = paper(strip.height + len(bars) * _LINE + MARGIN, width, False)

    def across(value: float) -> int:
        return left + round(_WIDTH * place_between(value, ends))

    finite = [bar.value for bar in bars if np.isfinite(bar.value)]
    zero, largest = across(0.0), max(finite, default=0.0)
    for number, bar in enumerate(bars):
        top = strip.height + number * _LINE + (_LINE - _THICK) // 2
        if np.isfinite(bar.value):
            first, last = sorted((zero, across(bar.value)))
            sheet[top : top + _THICK, first : max(last, first + 1)] = _WINNER if bar.value == largest else _OTHER
    sheet[strip.height : strip.height + len(bars) * _LINE, zero : zero + 1] = _AXIS
    canvas = write_strip(sheet, strip)
    for number, bar in enumerate(bars):
        middle = strip.height + (number + 0.5) * _LINE
        is_largest = bar.value == largest
        canvas.text(MARGIN, middle, bar.name, TEXT, INK if is_largest else PALE, "lm", bold=is_largest, room=names)
        color = INK if is_largest else PALE
        canvas.text(left + _WIDTH + GAP + texts, middle, bar.text, TEXT, color, "rm", bold=is_largest)
    return canvas.frame()
