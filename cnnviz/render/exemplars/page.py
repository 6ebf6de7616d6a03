"""Exemplars as a page, beside the sheets that it shows."""

from __future__ import annotations

from cnnviz.render.exemplars.model import ExemplarsReport
from cnnviz.render.exemplars.text import about, channel_name, place
from cnnviz.render.kit.html import inlined, template
from cnnviz.render.kit.numbers import short
from cnnviz.wording import sentence_case


def to_html(report: ExemplarsReport) -> str:
    """Write the page."""
    channels = [
        {
            "name": channel_name(part),
            "sheet": part.sheet,
            "exemplars": [(short(exemplar.value), place(exemplar)) for exemplar in part.exemplars],
        }
        for part in report.channels
    ]
    return template(__package__).render(
        report=report, about=sentence_case(about(report)), channels=channels, **inlined(__package__)
    )
