"""The report in each of its forms, by name."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.render.report.json import to_json
from cnnviz.render.report.model import Report
from cnnviz.render.report.tables import to_csv, to_latex, to_markdown
from cnnviz.render.report.text import to_text

FORMATS: dict[str, Callable[[Report], str]] = {
    "text": to_text,
    "json": lambda report: to_json(report).decode(),
    "csv": to_csv,
    "markdown": to_markdown,
    "latex": to_latex,
}


def write_report(report: Report, form: str) -> str:
    """Write a report in a form of `FORMATS`, with a newline at its end."""
    return FORMATS[form](report)
