"""A comparison as annotations, for a CI that shows them beside the change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from cnnviz.render.comparison import wording
from cnnviz.render.comparison.model import Comparison, ImageComparison

_SHOWN = 9
"""GitHub shows ten errors of a step; the last says how many more there are."""


def to_github(comparison: Comparison) -> Iterator[str]:
    """Write annotations in the form of GitHub Actions, which Gitea and Forgejo read, too.

    Yields:
        A line for each image that differs, up to a limit, and for each warning.
    """
    for warning in comparison.warnings:
        yield _line("warning", "", warning)
    if not comparison.differs:
        return
    for problem in comparison.problems:
        yield _line("error", "", problem)
    for image in comparison.differing[:_SHOWN]:
        message = f"{wording.image_title(image)}: {wording.headline(image)}"
        yield _line("error", _file(comparison, image), message)
    more = len(comparison.differing) - _SHOWN
    if more > 0:
        yield _line("error", "", f"{more:,} more images differ; {wording.summary(comparison)}")


def _file(comparison: Comparison, image: ImageComparison) -> str:
    """Return the picture to blame, as a path."""
    side = comparison.baseline if image.verdict == "removed" else comparison.current
    folder = PurePath(side, image.label)
    pictures = [picture for picture in (image.first.pictures if image.first else ()) if picture.verdict != "removed"]
    return (folder / pictures[0].path if pictures else folder / "report.json").as_posix()


def _line(kind: str, file: str, message: str) -> str:
    properties = ",".join(
        f"{name}={_escape(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in (("file", file), ("title", "cnnviz compare"))
        if value
    )
    return f"::{kind} {properties}::{_escape(message)}"


def _escape(text: str) -> str:
    """Escape what ends a command or a line (the toolkit's `escapeData`)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
