"""Classes as bars in a notebook's HTML."""

from __future__ import annotations

from html import escape
from math import isfinite

from cnnviz.render.classes import Recognition
from cnnviz.render.kit.bars import Bar, BarChart, bar_ends, place_between
from cnnviz.render.kit.numbers import NOTHING, percent, short
from cnnviz.stack.notebook import table

_LONG, _SHORT = 400, 260
"""Pixels that bars take, where one column has them, and where two have."""

_TRACK = "position: relative; height: 1em; min-width: {width}px"
_BAR = "position: absolute; top: 0; bottom: 0; left: {left:.2f}%; width: {width:.2f}%; background: {color}"
_WINNER, _OTHER = "#1971c2", "rgba(128, 128, 128, 0.6)"
"""Colours that can be seen on bright and on dark notebooks."""


def bars_html(title: str, chart: BarChart) -> str:
    """Write values with names as a table of bars.

    Args:
        title: Text above it.
        chart: The bars.
    """
    rows = [(escape(bar.name), _bar(bar, chart, _LONG), escape(bar.text)) for bar in chart.bars]
    return table(title, ("class", "", "value"), rows)


def recognition_html(found: Recognition) -> str:
    """Write the likeliest classes as a table of bars: their scores and their probabilities side by side."""
    likely = found.likely
    scores = _chart(
        [(one.name, one.score, NOTHING if one.score is None else short(one.score)) for one in likely],
    )
    shares = _chart([(one.name, one.share, percent(one.share, exact=False)) for one in likely], (0.0, 1.0))
    rows = [
        (escape(score.name), _bar(score, scores, _SHORT), score.text, _bar(share, shares, _SHORT), escape(share.text))
        for score, share in zip(scores.bars, shares.bars, strict=True)
    ]
    rest = f"; {percent(found.rest, exact=False)} for the other {found.left_out:,} classes" if found.left_out else ""
    title = f"taken for {likely[0].name}, {percent(likely[0].share, exact=False)}{rest}"
    return table(title, ("class", "", "score", "", "probability"), rows)


def _chart(rows: list[tuple[str, float | None, str]], ends: tuple[float, float] | None = None) -> BarChart:
    bars = tuple(Bar(name, float("nan") if value is None else value, text) for name, value, text in rows)
    return BarChart(bars, ends or bar_ends(bar.value for bar in bars))


def _bar(bar: Bar, chart: BarChart, width: int) -> str:
    """Write a bar from zero on, in the room that all bars of a column have."""
    track = f'<div style="{_TRACK.format(width=width)}">'
    if not isfinite(bar.value):
        return f"{track}</div>"
    first, last = sorted(100 * place_between(value, chart.ends) for value in (0.0, bar.value))
    largest = max(one.value for one in chart.bars if isfinite(one.value))
    color = _WINNER if bar.value == largest else _OTHER
    return f'{track}<div style="{_BAR.format(left=first, width=max(last - first, 0.2), color=color)}"></div></div>'
