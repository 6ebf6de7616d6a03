"""A sweep as an aligned table: a line for every combination that differs, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from cnnviz.render.kit.numbers import NOTHING, percent, short
from cnnviz.render.sweep import wording
from cnnviz.render.sweep.model import CombinationResult, LayerSheet, SweepReport
from cnnviz.wording import shape_text

_WIDTH = 100
_GAP, _INDENT = "  ", "    "
_LONGEST = 28
_ANY = "*"


def to_text(report: SweepReport) -> str:
    """Write a sweep as text."""
    return "\n".join([*_lines(report), ""])


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
        yield from wrap(
            f"{who}: {why}", _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )


def _table(report: SweepReport) -> Iterator[str]:
    options = (_cut(option.name) for option in report.options)
    head = ["#", "layer", *options, "output", "min", "max", "zeros", "saturated"]
    groups = [list(_rows(sheet, report)) for sheet in report.layers]
    every = [head, *(row for group in groups for row in group)]
    widths = [max(len(row[column]) for row in every) for column in range(len(head))]
    right = {0, *range(2 + len(report.options), len(head))}

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return _GAP.join(placed).rstrip()

    yield line(head)
    yield "-" * (sum(widths) + len(_GAP) * (len(widths) - 1))
    for group in groups:
        yield from map(line, group)


def _rows(sheet: LayerSheet, report: SweepReport) -> Iterator[list[str]]:
    """Write a layer's lines: one for each combination of the options that make a difference."""
    depends = [option.name in sheet.depends_on for option in report.options]
    first = True
    for combination in report.combinations:
        pairs = list(zip(report.options, combination.values, depends, strict=True))
        if any(value != option.values[0] for option, value, matters in pairs if not matters):
            continue
        number, name = (str(sheet.index), sheet.names[0]) if first else ("", "")
        values = [_cut(value) if matters else _ANY for _, value, matters in pairs]
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


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
