"""Phrases that messages, reports and pages share: shapes, counts, lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def shape_text(shape: Iterable[int]) -> str:
    """Write a shape as `300x451x3`."""
    return "x".join(map(str, shape))


def kind_text(kind: str, variant: str) -> str:
    """Write a layer's kind with what tells the layer from others of it: `Activation relu`."""
    return f"{kind} {variant}" if variant else kind


def plural(number: int, noun: str) -> str:
    """Write a count with its noun: `1 image`, `2,000 images`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """Write parts as a list in a sentence: `a, b and c`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def sentence_case(text: str) -> str:
    """Let a text begin with a capital letter, as a sentence does; all others stay as they are."""
    return text[:1].upper() + text[1:]
