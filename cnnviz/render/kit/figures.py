"""Matplotlib's figures as files: PNG, SVG or PDF, by the suffix."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from cnnviz.errors import UsageError
from cnnviz.io.files import show_path
from cnnviz.io.matplotlib import drawing
from cnnviz.io.targets import check_target, is_marked, write_target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WAYS: dict[str, tuple[str, dict[str, str | None]]] = {
    ".png": ("agg", {"Software": "cnnviz"}),
    ".svg": ("svg", {"Creator": "cnnviz", "Date": None}),
    ".pdf": ("pdf", {"Creator": "cnnviz", "CreationDate": None}),
}
"""For each suffix the backend, and what it is to write of the file."""

SUFFIXES = tuple(_WAYS)
"""What the names of figures may end in."""

_MARKS = (b"tEXtSoftware\0cnnviz", b"<dc:title>cnnviz</dc:title>", b"/Creator (cnnviz)")
"""What the figures of each format hold."""


def check_figure(path: PurePath | None) -> None:
    """Refuse a name that tells no format, or where no figure may be written, before the work is done.

    Args:
        path: Where the figure is to go; None for nowhere.

    Raises:
        UsageError: If it does not end in a figure's suffix.
        OutputError: If something is in the way.
    """
    if path is None:
        return
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"cannot draw {show_path(path)}: the suffixes of figures are {', '.join(SUFFIXES)}")
    check_target(path, is_marked(*_MARKS))


def write_figure(make: Callable[[], Figure], path: Path) -> None:
    """Write a figure, whole or not at all; a file of that name is replaced.

    Args:
        make: As for `encode_figure`.
        path: The file; its suffix decides the format.

    Raises:
        OutputError: If it cannot be written.
    """
    write_target(path, encode_figure(make, path.suffix))


def encode_figure(
    make: Callable[[], Figure], suffix: str, style: Mapping[str, Any] = {}, size: tuple[int, int] | None = None
) -> bytes:
    """Make and encode a figure: the same bytes for the same figure.

    Args:
        make: Makes the figure; it is called where matplotlib's settings are its own, which figures take while they are
            made.
        suffix: One of `SUFFIXES`, which decides the format.
        style: What differs from matplotlib's own settings.
        size: Width and height of a PNG in pixels; None for 150 to an inch.

    Raises:
        CnnvizError: If matplotlib cannot be loaded.
    """
    stream = io.BytesIO()
    backend, metadata = _WAYS[suffix.lower()]
    with drawing({"svg.hashsalt": "cnnviz", **style}):
        figure, dpi = make(), 150.0
        if size is not None:
            # Matplotlib cuts pixels off that are not whole.
            dpi = size[0] / figure.get_size_inches()[0]
            figure.set_size_inches((size[0] + 0.01) / dpi, (size[1] + 0.01) / dpi)
        figure.savefig(stream, format=suffix.lower().removeprefix("."), backend=backend, dpi=dpi, metadata=metadata)
    return stream.getvalue()
