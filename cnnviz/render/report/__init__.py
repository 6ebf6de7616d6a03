"""The shape report: one model, and its text in five formats."""

from cnnviz.render.report.build import Drawn, shape_report, with_pixels
from cnnviz.render.report.json import to_json
from cnnviz.render.report.model import LayerReport, Picture, Report

__all__ = ["Drawn", "LayerReport", "Picture", "Report", "shape_report", "to_json", "with_pixels"]
