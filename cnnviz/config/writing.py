"""A stack as YAML that people read: a line for each layer, in flow style, as the bundled stacks have it."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnnviz.io.scalars import parse_scalar

_WIDTH = 120
_PLAIN = re.compile(r"[A-Za-z_/]([A-Za-z0-9_/. -]*[A-Za-z0-9_/.-])?|[0-9]+/[0-9]+")


def to_yaml(document: Mapping[str, Any], head: Sequence[str] = (), comments: Mapping[str, str] = {}) -> str:
    """Write a stack.

    Args:
        document: The stack as plain data.
        head: Paragraphs of the comment at the beginning.
        comments: What to say above a layer, by its name.
    """
    lines: list[str] = []
    for number, paragraph in enumerate(head):
        lines += ["#"] * bool(number) + _comment(paragraph, "# ")
    for key, value in document.items():
        if key != "layers":
            lines += _filled(f"{key}: ", "  ", value)
    lines.append("layers:")
    for layer in document["layers"]:
        if text := comments.get(layer.get("name", "")):
            lines += _comment(text, "  # ")
        lines += _filled("  - ", "      ", layer)
    return "\n".join(lines) + "\n"


def _comment(text: str, begin: str) -> list[str]:
    shown = "".join(char if char.isprintable() else " " for char in text)
    return textwrap.wrap(shown, _WIDTH, initial_indent=begin, subsequent_indent=begin, break_on_hyphens=False)


def _filled(first: str, others: str, value: Any) -> list[str]:
    """Fill lines with a value in flow style; what belongs together stays on a line."""
    lines = [first]
    for piece in _pieces(value):
        gap = "" if lines[-1] in (first, others) else " "
        if gap and len(lines[-1]) + len(gap) + len(piece) > _WIDTH:
            lines.append(others)
            gap = ""
        lines[-1] += gap + piece
    return lines


def _pieces(value: Any) -> Iterator[str]:
    """Yield a value in flow style, cut wherever a line may end."""
    if isinstance(value, (Mapping, list, tuple)) and value:
        marks = "{}" if isinstance(value, Mapping) else "[]"
        parts = [_keyed(*item) for item in value.items()] if isinstance(value, Mapping) else [*map(_pieces, value)]
        pieces = [piece + "," * last for part in parts for last, piece in _ends(part)]
        pieces[0] = marks[0] + pieces[0]
        pieces[-1] = pieces[-1].removesuffix(",") + marks[1]
        yield from pieces
    else:
        yield _scalar(value)


def _keyed(key: str, value: Any) -> Iterator[str]:
    first, *rest = _pieces(value)
    yield f"{key}: {first}"
    yield from rest


def _ends(pieces: Iterator[str]) -> Iterator[tuple[bool, str]]:
    """Yield each piece, and whether it is the last."""
    before = next(pieces)
    for piece in pieces:
        yield False, before
        before = piece
    yield True, before


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, (bool, int, float, dict, list, tuple)):
        return json.dumps(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and _is_text(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)


def _is_text(text: str) -> bool:
    try:
        return isinstance(parse_scalar(text), str)
    except ValueError:
        return False
