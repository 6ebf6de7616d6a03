"""A maximisation as an aligned table."""

from __future__ import annotations

from collections.abc import Iterator

from cnnviz.render.kit.numbers import short
from cnnviz.render.kit.text import aligned, joined
from cnnviz.render.maximization.model import ChannelReport, MaximizationReport
from cnnviz.wording import shape_text


def to_text(report: MaximizationReport) -> str:
    """Write a maximisation as text."""
    return joined(_lines(report))


def about(report: MaximizationReport) -> str:
    """Say what was maximised, and how."""
    start = "noise" if report.file is None else report.file
    return f"{report.maximized} of {report.layer}, from {start}, {report.steps} steps, seed {report.seed}"


def channel_name(part: ChannelReport) -> str:
    """Name a channel: its class, or its number."""
    if part.channel is None:
        return "the whole layer"
    return str(part.channel) if part.name in (None, str(part.channel)) else f"{part.channel} {part.name}"


def _lines(report: MaximizationReport) -> Iterator[str]:
    yield f"{report.name}: {about(report)}, pictures of {shape_text(report.input_shape)}"
    yield ""
    rows = [(channel_name(part), short(part.before), short(part.after), part.picture) for part in report.channels]
    lines = aligned([("channel", "before", "after", "picture"), *rows], {1, 2})
    yield lines[0]
    yield "-" * max(map(len, lines))
    yield from lines[1:]
