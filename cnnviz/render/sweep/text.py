"""A sweep as an aligned table: a line for every combination that differs, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator

from cnnviz.render.kit.numbers import NOTHING, percent, short
from cnnviz.render.kit.text import aligned, cut, filled, joined
from cnnviz.render.sweep import wording
from cnnviz.render.sweep.model import CombinationResult, LayerSheet, SweepReport
from cnnviz.wording import shape_text

_LONGEST = 28
_ANY = "*"


def to_text(report: SweepReport) -> str:
    """Write a sweep as text."""
    return joined(_lines(report))


def _lines(report: SweepReport) -> Iterator[str]:
    yield f"{report.name}: {wording.about(report)}"
    for option in report.options:
        yield f"{option.name}: {', '.join(option.values)}"
    yield ""
    yield from _table(report)
    yield ""
    if any(layer.depends_on != tuple(option.name for option in report.options) for layer in report.layers):
        yield f"{_ANY} stands for all values: up to that layer they make no difference."
    yield wording.sharing(report)
    failures = wording.failures(report)
    if failures:
        yield ""
        yield "Failed"
    for who, why in failures:
        yield from filled(f"{who}: {why}", hanging="    ")


def _table(report: SweepReport) -> Iterator[str]:
    options = (cut(option.name, _LONGEST) for option in report.options)
    head = ["#", "layer", *options, "output", "min", "max", "zeros", "saturated"]
    rows = [row for sheet in report.layers for row in _rows(sheet, report)]
    lines = aligned([head, *rows], {0, *range(2 + len(report.options), len(head))})
    yield lines[0]
    yield "-" * max(map(len, lines))
    yield from lines[1:]


def _rows(sheet: LayerSheet, report: SweepReport) -> Iterator[list[str]]:
    """Write a layer's lines: one for each combination of the options that make a difference."""
    depends = [option.name in sheet.depends_on for option in report.options]
    first = True
    for combination in report.combinations:
        pairs = list(zip(report.options, combination.values, depends, strict=True))
        if any(value != option.values[0] for option, value, matters in pairs if not matters):
            continue
        number, name = (str(sheet.index), sheet.names[0]) if first else ("", "")
        values = [cut(value, _LONGEST) if matters else _ANY for _, value, matters in pairs]
        yield [number, name, *values, *_cells(combination, sheet)]
        first = False


def _cells(combination: CombinationResult, sheet: LayerSheet) -> list[str]:
    if sheet.index > len(combination.layers):
        return ["failed" if sheet.index == len(combination.layers) + 1 else NOTHING, *[""] * 4]
    layer = combination.layers[sheet.index - 1]
    return [
        shape_text(layer.output_shape),
        short(layer.stats.min),
        short(layer.stats.max),
        percent(layer.stats.zero_fraction),
        NOTHING if layer.saturated is None else percent(layer.saturated),
    ]
