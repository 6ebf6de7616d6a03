"""The shape report: one model, and its text in five formats."""

from cnnviz.render.report.build import Drawn, shape_report, with_pixels
from cnnviz.render.report.json import to_json
from cnnviz.render.report.model import LayerReport, Picture, Report
from cnnviz.render.report.tables import to_csv, to_latex, to_markdown
from cnnviz.render.report.text import to_text

__all__ = [
    "Drawn",
    "LayerReport",
    "Picture",
    "Report",
    "shape_report",
    "to_csv",
    "to_json",
    "to_latex",
    "to_markdown",
    "to_text",
    "with_pixels",
]
