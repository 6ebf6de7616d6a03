"""The report as aligned text, for terminals of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import UNSET

from cnnviz.render.kit.numbers import percent
from cnnviz.render.kit.text import GAP, WIDTH, filled, joined
from cnnviz.render.report import wording
from cnnviz.render.report.columns import Table, branches, formulas_table, notes, shapes_table, values_table
from cnnviz.render.report.model import LayerReport, Report

_SHORTEST_NAME = 12
_LONGEST_LABEL = 24
_RANGES = 8


def to_text(report: Report) -> str:
    """Write a report as text: shapes and costs, values, formulas, notes."""
    return joined(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield from filled(f"{report.name}: {wording.about(report)}")
    yield ""
    yield from _table(shapes_table(report), {name: [f"reads {inputs}"] for name, inputs in branches(report).items()})
    yield ""
    yield from filled(wording.COUNTS)
    yield from filled(wording.LEGEND)
    values = values_table(report, _range_beside)
    if values.layers:
        yield ""
        yield from _table(values, {layer.name: _range_below(layer) for layer in values.layers})
    formulas = formulas_table(report).layers
    yield from _section(
        "Formulas", [(layer, ("height " + layer.formula[0], "width " + layer.formula[1])) for layer in formulas]
    )
    yield from _section("Notes", [(layer, (note,)) for layer, note in notes(report)])
    yield from _classes(report.layers[-1])


def _range_beside(layer: LayerReport) -> str:
    return f"each map by itself{wording.clipped(layer)}" if _by_map(layer) else wording.ranges(layer)


def _range_below(layer: LayerReport) -> list[str]:
    shown = wording.shown(layer)
    return [*([shown] if shown else []), *(wording.map_ranges(layer, _RANGES) if _by_map(layer) else [])]


def _by_map(layer: LayerReport) -> bool:
    return layer.ranges is not UNSET and len(layer.ranges) > 1


def _table(table: Table, below: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Align a table; a name too long for the width stands on a line of its own, remarks stand below."""
    head, columns = table.columns[:2], table.columns[2:]
    (titles,), rows, sums = ([row[2:] for row in part] for part in table.parts)
    widths = [max(map(len, cells)) for cells in zip(titles, *rows, *sums, strict=True)]
    number_width = max(2, *(len(str(layer.index)) for layer in table.layers))
    room = WIDTH - number_width - len(GAP) - sum(len(GAP) + width for width in widths)
    longest = max(len(name) for name in (head[1].title, *(layer.name for layer in table.layers)))
    name_width = min(longest, max(room, _SHORTEST_NAME))

    def line(number: str, name: str, cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if column.right else cell.ljust(width)
            for cell, width, column in zip(cells, widths, columns, strict=True)
        )
        return GAP.join([number.rjust(number_width), name.ljust(name_width), *placed]).rstrip()

    rule = "-" * (number_width + len(GAP) + name_width + sum(len(GAP) + width for width in widths))
    yield line(head[0].title, head[1].title, titles)
    yield rule
    for layer, row in zip(table.layers, rows, strict=True):
        number, name = str(layer.index), layer.name
        if len(name) > name_width:
            yield f"{number.rjust(number_width)}{GAP}{name}"
            number = name = ""
        yield line(number, name, row)
        yield from _pack(below.get(layer.name, ()), " " * (number_width + 2 * len(GAP)), "; ")
    for totals in sums:
        yield rule
        yield line("", "", totals)


def _section(title: str, entries: Sequence[tuple[LayerReport, tuple[str, ...]]]) -> Iterator[str]:
    """List texts by layer; the parts of a text share a line if they fit."""
    if not entries:
        return
    yield ""
    yield title
    number_width = max(2, *(len(str(layer.index)) for layer, _ in entries))
    name_width = min(max(len(layer.name) for layer, _ in entries), _LONGEST_LABEL)
    indent = " " * (number_width + name_width + 2 * len(GAP))
    for layer, parts in entries:
        label = f"{layer.index:>{number_width}}{GAP}{layer.name:<{name_width}}{GAP}"
        filled = _pack(parts, indent, ", ")
        if len(label) > len(indent):
            yield from (label.rstrip(), *filled)
        else:
            yield from (label + filled[0].lstrip(), *filled[1:])


def _classes(layer: LayerReport) -> Iterator[str]:
    if layer.top_classes is UNSET:
        return
    yield ""
    yield f"Top classes by {'sigmoid' if layer.output_shape == (1,) else 'softmax'} ({layer.name})"
    width = max(len(share.name) for share in layer.top_classes)
    for share in layer.top_classes:
        yield f"{share.name:<{width}}{GAP}{percent(share.probability, exact=False):>8}"


def _pack(parts: Sequence[str], indent: str, separator: str) -> list[str]:
    """Fill lines with whole parts; only a part that is longer than a line is broken."""
    lines: list[str] = []
    for part in parts:
        if lines and len(indent) + len(f"{lines[-1]}{separator}{part}{separator}".rstrip()) <= WIDTH:
            lines[-1] += separator + part
        else:
            lines[-1:] = [*(line + separator.rstrip() for line in lines[-1:]), part]
    return [part for line in lines for part in filled(line, indent)]
