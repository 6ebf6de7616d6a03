"""How the command line prints: results on stdout, everything else on stderr, and nothing that a terminal would obey."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

import click

from cnnviz.errors import printable

if TYPE_CHECKING:
    from cnnviz.io.files import AnyPath

_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[|vso\[|teamcity\[)", re.MULTILINE)
"""What a CI takes for a command when a job prints it: at the start of a line, or anywhere in it."""


def print_text(text: str, end: str = "\n") -> None:
    """Print a result on stdout, as text."""
    click.echo(_encodable(plain(text) + end, sys.stdout), nl=False)


def print_paths(*paths: AnyPath | None) -> None:
    """Print on stdout which files were written, a line each; None for what was not asked for."""
    from cnnviz.io.files import show_path

    for path in paths:
        if path is not None:
            print_text(show_path(path))


def print_page(text: str) -> None:
    """Print a long result, on a terminal through the pager."""
    if sys.stdout.isatty():
        click.echo_via_pager(_encodable(plain(text.rstrip("\n")), sys.stdout))
    else:
        print_text(text, end="")


def print_json(document: str | bytes, end: str = "") -> None:
    """Print a result on stdout, as JSON: it needs no more than ASCII."""
    text = document.decode() if isinstance(document, bytes) else document
    if not text.isascii():
        text = re.sub(r"[^\0-\x7f]", lambda found: _escaped_json(found[0]), text)
    click.echo(text.replace("##", "#\\u0023") + end, nl=False)


def say(message: str) -> None:
    """Print a remark on stderr."""
    _say(f"cnnviz: {one_line(message)}")


def say_error(message: str) -> None:
    """Print an error on stderr, in red where there is colour; it may have several lines."""
    _say(f"{click.style('cnnviz: error:', fg='red')} {plain(message)}")


def say_warning(message: str) -> None:
    """Print a warning on stderr, in yellow where there is colour."""
    _say(f"{click.style('cnnviz: warning:', fg='yellow')} {plain(message)}")


def say_command(line: str) -> None:
    """Print on stderr what a CI is to obey."""
    _say(printable(line))


def progress_bar(total: int, unit: str, **settings: Any) -> Any:
    """Return a bar on stderr, which is a terminal: tqdm's."""
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, file=sys.stderr, dynamic_ncols=True, **settings)


def plain(text: str) -> str:
    """Escape what a terminal or a CI would obey; lines stay lines."""
    lines = "\n".join(map(printable, text.split("\n")))
    return _COMMAND.sub(lambda found: _disarmed(found[0]), lines)


def one_line(text: str) -> str:
    """Escape what a terminal or a CI would obey, ends of lines too."""
    return plain(text).replace("\n", "\\n")


def _say(text: str) -> None:
    click.echo(_encodable(text, sys.stderr), err=True, color=False if os.environ.get("NO_COLOR") else None)


def _encodable(text: str, stream: TextIO) -> str:
    """Escape what a stream's encoding lacks; click would write UTF-8 into a stream that is ASCII."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _disarmed(found: str) -> str:
    return "#\\x23" if found == "##" else found[:-1] + "\\x3a"


def _escaped_json(char: str) -> str:
    """Write a character as JSON does: beyond 16 bits, as two."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
