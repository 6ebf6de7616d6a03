"""The report as CSV, Markdown and LaTeX, and every form of it by name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import UNSET

from cnnviz.render.kit.text import joined
from cnnviz.render.report import wording
from cnnviz.render.report.columns import Table, notes, tables
from cnnviz.render.report.json import to_json
from cnnviz.render.report.model import LayerReport, Report
from cnnviz.render.report.text import to_text
from cnnviz.wording import sentence_case, shape_text

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{mark: "\\" + mark for mark in "&%$#_{}"},
}


def to_csv(report: Report) -> str:
    """Write one line per layer with bare numbers; made to be computed with, so there are no totals."""
    records = [_record(layer) for layer in report.layers]
    names = dict.fromkeys(name for record in records for name in record)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return buffer.getvalue()


def _record(layer: LayerReport) -> dict[str, Any]:
    field = layer.receptive_field
    record: dict[str, Any] = {
        "index": layer.index,
        "name": layer.name,
        "type": layer.type,
        "inputs": " ".join(layer.inputs),
        "output_shape": shape_text(layer.output_shape),
        "weights": layer.weights,
        "params": layer.params,
        "macs": layer.macs,
        **{
            f"receptive_field_{name}_{axis}": number
            for name, pair in (("size", field.size), ("stride", field.stride), ("start", field.start))
            for axis, number in zip(("height", "width"), pair or (None, None), strict=True)
        },
        "formula": "; ".join(layer.formula),
    }
    if layer.stats is not UNSET:
        stats = layer.stats
        record |= {name: getattr(stats, name) for name in stats.__struct_fields__}
        record["drawn"] = wording.ranges(layer)
        record["notes"] = " ".join(layer.notes or ())
    record["variant"] = layer.variant or ""
    return record


def to_markdown(report: Report) -> str:
    """Write tables in GitHub's Markdown, with totals and notes."""
    return joined(_markdown_lines(report))


def _markdown_lines(report: Report) -> Iterator[str]:
    yield f"## {_markdown(report.name)}"
    yield from ("", _markdown(wording.about(report)))
    shapes, *others = tables(report)
    yield from _markdown_table(shapes)
    yield from ("", wording.COUNTS, "", _markdown(wording.LEGEND))
    for table in others:
        yield from _markdown_table(table)
    remarks = [f"- {_markdown(layer.name)}: {_markdown(note)}" for layer, note in notes(report)]
    yield from ("", *remarks) if remarks else ()


def _markdown_table(table: Table) -> Iterator[str]:
    rule = ["---:" if column.right else ":---" for column in table.columns]
    head, *rows = (list(map(_markdown, row)) for part in table.parts for row in part)
    yield ""
    for cells in (head, rule, *rows):
        yield f"| {' | '.join(cells)} |"


def _markdown(text: str) -> str:
    """Escape what Markdown would read as markup; an underscore inside a word is none."""
    text = re.sub(r"([\\`*|\[\]<>~])", r"\\\1", text)
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)


def to_latex(report: Report) -> str:
    """Write a table environment with totals and notes; it needs no package."""
    return joined(_latex_lines(report))


def _latex_lines(report: Report) -> Iterator[str]:
    caption = f"{report.name}: {wording.about(report)}. {wording.COUNTS} {sentence_case(wording.LEGEND)}"
    yield from (r"\begin{table}", r"\centering", rf"\caption{{{_latex(caption)}}}")
    shapes, *others = tables(report)
    yield from _latex_table(shapes)
    for table in others:
        yield from ("", r"\medskip", *_latex_table(table))
    yield r"\end{table}"
    remarks = [rf"\item {_latex(layer.name)}: {_latex(note)}" for layer, note in notes(report)]
    yield from (r"\begin{itemize}", *remarks, r"\end{itemize}") if remarks else ()


def _latex_table(table: Table) -> Iterator[str]:
    yield rf"\begin{{tabular}}{{{''.join('r' if column.right else 'l' for column in table.columns)}}}"
    yield r"\hline"
    for part in filter(None, table.parts):
        yield from (" & ".join(map(_latex, row)) + r" \\" for row in part)
        yield r"\hline"
    yield r"\end{tabular}"


def _latex(text: str) -> str:
    escaped = "".join(_LATEX.get(mark, mark) for mark in text)
    return escaped.replace("--", "-{}-")  # two in a row would become one dash


FORMATS: dict[str, Callable[[Report], str]] = {
    "text": to_text,
    "json": lambda report: to_json(report).decode(),
    "csv": to_csv,
    "markdown": to_markdown,
    "latex": to_latex,
}
"""How to write a report in each of its forms, with a newline at its end."""
