"""What stands in the report's tables, whatever they are written in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import UNSET

from cnnviz.render.kit.numbers import NOTHING, percent, short
from cnnviz.render.report import wording
from cnnviz.render.report.model import LayerReport, Report
from cnnviz.render.statistics import Stats
from cnnviz.wording import shape_text


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: The head of the column.
        cell: Writes what the column says of a layer.
        right: Whether the column is aligned to the right, as numbers are.
        total: The foot of the column.
    """

    title: str
    cell: Callable[[LayerReport], str]
    right: bool = True
    total: str = ""


class Table(NamedTuple):
    """A table: a row for each of some layers.

    Attributes:
        columns: Index and name come first.
        layers: What the rows are about.
    """

    columns: Sequence[Column]
    layers: Sequence[LayerReport]

    @property
    def parts(self) -> list[list[list[str]]]:
        """The rows of the head, of the body and of the sums, each a list of cells; without sums the last is empty."""
        head = [column.title for column in self.columns]
        body = [[column.cell(layer) for column in self.columns] for layer in self.layers]
        sums = [column.total for column in self.columns]
        return [[head], body, [sums] if any(sums) else []]


_LAYER = (
    Column("#", lambda layer: str(layer.index)),
    Column("layer", lambda layer: layer.name, right=False),
)


def shapes_table(report: Report, reads: bool = False) -> Table:
    """Return shapes, costs and receptive fields.

    Args:
        report: The report.
        reads: Add a column that says what each layer reads, if the stack branches.
    """
    columns = [
        *_LAYER,
        Column("type", lambda layer: layer.kind_in_words, right=False, total="total"),
        Column("output", lambda layer: shape_text(layer.output_shape)),
        Column("params", lambda layer: f"{layer.params:,}", total=f"{report.totals.params:,}"),
        Column("MACs", lambda layer: f"{layer.macs:,}", total=f"{report.totals.macs:,}"),
        Column("sees", lambda layer: wording.sees(layer.receptive_field)),
        Column("every", lambda layer: wording.every(layer.receptive_field)),
        Column("from", lambda layer: wording.start(layer.receptive_field)),
    ]
    if reads and branches(report):
        columns.insert(3, Column("reads", lambda layer: ", ".join(layer.inputs), right=False))
    return Table(columns, report.layers)


def values_table(report: Report, drawn: Callable[[LayerReport], str] = wording.ranges) -> Table:
    """Return what the values amount to and how they were drawn; no rows in a report of shapes alone.

    Args:
        report: The report.
        drawn: How to write the range in use.
    """
    columns = [
        *_LAYER,
        Column("min", lambda layer: short(_stats(layer).min)),
        Column("max", lambda layer: short(_stats(layer).max)),
        Column("mean", lambda layer: short(_stats(layer).mean)),
        Column("std", lambda layer: short(_stats(layer).std)),
        Column("zeros", lambda layer: percent(_stats(layer).zero_fraction)),
        Column("drawn as 0..255", lambda layer: drawn(layer) or NOTHING, right=False),
    ]
    return Table(columns, [layer for layer in report.layers if layer.stats is not UNSET])


def formulas_table(report: Report) -> Table:
    """Return how heights and widths come about, for the layers whose window changes them."""
    columns = [
        *_LAYER,
        Column("height", lambda layer: layer.formula[0], right=False),
        Column("width", lambda layer: layer.formula[1], right=False),
    ]
    return Table(columns, [layer for layer in report.layers if len(layer.formula) == 2])


def tables(report: Report) -> list[Table]:
    """Return all tables that have rows."""
    found = [shapes_table(report, reads=True), values_table(report), formulas_table(report)]
    return [table for table in found if table.layers]


def branches(report: Report) -> dict[str, str]:
    """Return what a layer reads, for those that do not just read the layer before."""
    before = ("input", *(layer.name for layer in report.layers))
    return {
        layer.name: ", ".join(layer.inputs)
        for previous, layer in zip(before, report.layers, strict=False)
        if layer.inputs != (previous,)
    }


def notes(report: Report) -> list[tuple[LayerReport, str]]:
    """Return all notes, each with its layer."""
    return [(layer, note) for layer in report.layers if layer.notes is not UNSET for note in layer.notes]


def _stats(layer: LayerReport) -> Stats:
    assert layer.stats is not UNSET
    return layer.stats
