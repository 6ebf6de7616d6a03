"""Text for terminals: paragraphs and tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from textwrap import wrap

WIDTH = 100
"""Columns of the terminals that texts are written for."""

GAP = "  "
"""Between two columns of a table."""


def filled(text: str, indent: str = "", hanging: str | None = None) -> list[str]:
    """Break a text into lines of at most `WIDTH` columns, between words: a longer name or path stays in one piece.

    Args:
        text: The text.
        indent: Before each line.
        hanging: Before each line but the first, if that is another.
    """
    return wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def aligned(rows: Sequence[Sequence[str]], right: Collection[int]) -> list[str]:
    """Align the cells of a table.

    Args:
        rows: The head first, if there is one; all have as many cells.
        right: The columns that are aligned to the right, as numbers are.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def joined(lines: Iterable[str]) -> str:
    """Join lines to a text, with a newline at its end."""
    return "\n".join([*lines, ""])


def cut(text: str, length: int) -> str:
    """Return a text, its end left out where it has more letters."""
    return text if len(text) <= length else text[: length - 3] + "..."
