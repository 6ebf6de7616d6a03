"""Exemplars as an aligned table."""

from __future__ import annotations

from collections.abc import Iterator

from cnnviz.render.exemplars.model import ChannelExemplars, Exemplar, ExemplarsReport
from cnnviz.render.kit.numbers import NOTHING, short
from cnnviz.render.kit.text import aligned, joined
from cnnviz.wording import plural


def to_text(report: ExemplarsReport) -> str:
    """Write exemplars as text: the strongest of each channel."""
    return joined(_lines(report))


def about(report: ExemplarsReport) -> str:
    """Say what was looked through."""
    failed = f", {report.failed:,} failed" if report.failed else ""
    return f"what {report.layer} answers to most, in {plural(report.pictures, 'picture')}{failed}"


def channel_name(part: ChannelExemplars) -> str:
    """Name a channel: its number, and its class."""
    return str(part.channel) if part.name in (None, str(part.channel)) else f"{part.channel} {part.name}"


def place(exemplar: Exemplar) -> str:
    """Say where an answer is: `photo.jpg @ 12,40`."""
    return exemplar.file if exemplar.at is None else f"{exemplar.file} @ {exemplar.at[0]},{exemplar.at[1]}"


def _lines(report: ExemplarsReport) -> Iterator[str]:
    yield f"{report.name}: {about(report)}"
    yield ""
    rows = [_row(part) for part in report.channels]
    lines = aligned([("channel", "strongest", "weakest", "where", "sheet"), *rows], {1, 2})
    yield lines[0]
    yield "-" * max(map(len, lines))
    yield from lines[1:]


def _row(part: ChannelExemplars) -> tuple[str, ...]:
    if not part.exemplars:
        return channel_name(part), NOTHING, NOTHING, NOTHING, part.sheet
    first, last = part.exemplars[0], part.exemplars[-1]
    return channel_name(part), short(first.value), short(last.value), place(first), part.sheet
