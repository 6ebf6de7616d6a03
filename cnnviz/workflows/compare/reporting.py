"""What `cnnviz compare` writes: the page and the JUnit file, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from cnnviz.io.targets import check_apart, check_target, is_marked, write_target
from cnnviz.render.comparison.junit import to_junit
from cnnviz.render.comparison.model import Comparison
from cnnviz.render.kit.html import page_mark

_JUNIT_MARK = b'<testsuites name="cnnviz compare"'


def check_files(page: Path | None, junit: Path | None) -> None:
    """Refuse files that may not be written, before anything is compared.

    Raises:
        UsageError: If both are the same.
        OutputError: If something is in the way.
    """
    check_apart({"--report": page, "--junit": junit})
    for path, mark in ((page, page_mark("compare")), (junit, _JUNIT_MARK)):
        if path is not None:
            check_target(path, is_marked(mark))


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the page.

    Raises:
        OutputError: If it cannot be written.
    """
    from cnnviz.render.comparison.page import to_html
    from cnnviz.workflows.compare.embedding import embed

    write_target(path, to_html(comparison, embed(comparison)).encode())


def write_junit(comparison: Comparison, path: Path) -> None:
    """Write the JUnit file.

    Raises:
        OutputError: If it cannot be written.
    """
    write_target(path, to_junit(comparison))
