"""Matplotlib's figures as files: PNG, SVG or PDF, by the suffix."""

from __future__ import annotations

import io
import warnings
from pathlib import PurePath
from typing import TYPE_CHECKING

from cnnviz.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
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


def encode_figure(figure: Figure, suffix: str) -> bytes:
    """Encode a figure: the same bytes for the same figure.

    Args:
        figure: The figure.
        suffix: One of `SUFFIXES`, which decides the format.
    """
    import matplotlib

    stream = io.BytesIO()
    format_ = suffix.lower().removeprefix(".")
    maker = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[format_]
    with warnings.catch_warnings(), matplotlib.rc_context({"svg.hashsalt": "cnnviz"}):
        # The names of classes may hold what the font does not.
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        figure.savefig(stream, format=format_, dpi=150, metadata=maker)
    return stream.getvalue()
