"""Matplotlib's figures as files: PNG, SVG or PDF, by the suffix."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from cnnviz.errors import UsageError
from cnnviz.io.matplotlib import drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WAYS = {".png": ("agg", "Software"), ".svg": ("svg", "Date"), ".pdf": ("pdf", "CreationDate")}
"""For each suffix the backend, and what it is not to write."""

SUFFIXES = tuple(_WAYS)
"""What the names of figures may end in."""


def check_figure(path: PurePath | None) -> None:
    """Refuse a name that tells no format, before the work is done.

    Args:
        path: Where the figure is to go; None for nowhere.

    Raises:
        UsageError: If it does not end in a figure's suffix.
    """
    if path is not None and path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"cannot draw {path}: the suffixes of figures are {', '.join(SUFFIXES)}")


def encode_figure(make: Callable[[], Figure], suffix: str, style: Mapping[str, Any] = {}) -> bytes:
    """Make and encode a figure: the same bytes for the same figure.

    Args:
        make: Makes the figure; it is called where matplotlib's settings are its own, which figures take while they are
            made.
        suffix: One of `SUFFIXES`, which decides the format.
        style: What differs from matplotlib's own settings.

    Raises:
        CnnvizError: If matplotlib cannot be loaded.
    """
    stream = io.BytesIO()
    backend, metadata = _WAYS[suffix.lower()]
    with drawing({"svg.hashsalt": "cnnviz", **style}):
        make().savefig(
            stream, format=suffix.lower().removeprefix("."), backend=backend, dpi=150, metadata={metadata: None}
        )
    return stream.getvalue()
