"""What `cnnviz compare` writes: the page and the JUnit file, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from cnnviz.io.files import make_folder, write_bytes
from cnnviz.render.comparison.junit import to_junit
from cnnviz.render.comparison.model import Comparison


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the page.

    Raises:
        OutputError: If it cannot be written.
    """
    from cnnviz.render.comparison.page import to_html
    from cnnviz.workflows.snapshots.embedding import embed

    make_folder(path.parent)
    write_bytes(path, to_html(comparison, embed(comparison)).encode())


def write_junit(comparison: Comparison, path: Path) -> None:
    """Write the JUnit file.

    Raises:
        OutputError: If it cannot be written.
    """
    make_folder(path.parent)
    write_bytes(path, to_junit(comparison))
