"""Letters that were drawn as boxes, for the font lacks them: who draws notes them, who began the work says them once.

Another font would have them, but other machines have others, and pictures are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar, Token

_SHOWN = 5


class Boxes:
    """The letters that are drawn as boxes in a `with` block, by whatever it calls; the innermost block has them.

    Attributes:
        letters: Each once, in the order in which they were drawn.
    """

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}
        self._before: Token[Boxes | None] | None = None

    @property
    def letters(self) -> str:
        return "".join(self._seen)

    def add(self, letters: Iterable[str]) -> None:
        """Note letters."""
        self._seen.update(dict.fromkeys(letters))

    def remark(self) -> str:
        """Name the letters; empty if there are none."""
        if not self._seen:
            return ""
        import unicodedata

        letters, more = self.letters[:_SHOWN], len(self._seen) > _SHOWN
        named = ", ".join(f"{letter} ({unicodedata.name(letter, f'U+{ord(letter):04X}')})" for letter in letters)
        return f"the font of pictures lacks letters, which are drawn as boxes: {named}{' and others' if more else ''}"

    def __enter__(self) -> Boxes:
        self._before = _open.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._before is not None
        _open.reset(self._before)


_open: ContextVar[Boxes | None] = ContextVar("boxes", default=None)


def note_boxes(letters: Iterable[str]) -> None:
    """Note letters that were drawn as boxes, for whoever asked."""
    if (boxes := _open.get()) is not None:
        boxes.add(letters)
