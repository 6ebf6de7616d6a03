"""Letters that were drawn as boxes, for the font lacks them: who draws notes them, who talks to the user says it once.

Another font would have them, but other machines have others, and pictures are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

_SHOWN = 5

_drawn: dict[str, None] = {}


def note_boxes(letters: Iterable[str]) -> None:
    """Note letters that were drawn as boxes."""
    _drawn.update(dict.fromkeys(letters))


def take_boxes() -> str:
    """Say which letters were drawn as boxes since this was asked last; empty if none were."""
    letters, more = list(_drawn)[:_SHOWN], len(_drawn) > _SHOWN
    _drawn.clear()
    if not letters:
        return ""
    import unicodedata

    named = ", ".join(f"{letter} ({unicodedata.name(letter, f'U+{ord(letter):04X}')})" for letter in letters)
    return f"the font of pictures lacks letters, which are drawn as boxes: {named}{' and others' if more else ''}"
