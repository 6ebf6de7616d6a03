"""What is passed over where pictures are looked for, so that nobody looks for it in vain."""

from __future__ import annotations

import os
from collections.abc import Iterable

from cnnviz.io.files import show_path
from cnnviz.io.urls import split_place

_WORDS = {
    "output": ("output folder of cnnviz", "output folders of cnnviz", "; name one to take what else is in it"),
    "link": ("symlinked folder", "symlinked folders", "; name one to take what is in it"),
    "key": ("name", "names", " with an empty part, `.` or `..`; name the pictures one by one to take them"),
}


class PassedOver:
    """Counts what is passed over, with the first of each kind.

    Attributes:
        own: What the command itself writes: its output folder, in which pictures may lie, and files.
    """

    def __init__(self, own: Iterable[str] = ()) -> None:
        self.own = tuple(own)
        self._counts: dict[str, int] = {}
        self._first: dict[str, str] = {}

    def add(self, kind: str, path: str) -> None:
        """Note one.

        Args:
            kind: `output`, `link` or `key`.
            path: Path of what was passed over.
        """
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._first.setdefault(kind, path)

    def remarks(self) -> list[str]:
        """Say what was passed over, a line a kind."""
        lines = []
        for kind, count in self._counts.items():
            one, many, advice = _WORDS[kind]
            such = f"{one} " if count == 1 else f"{many}, such as "
            lines.append(f"passed over {count:,} {such}{show_path(self._first[kind])}{advice}")
        return lines

    def own_below(self, base: str) -> frozenset[str]:
        """Return what the command writes below a folder, relative to it; an empty text for the folder itself."""
        here = _whole(base)
        found = set()
        for path in map(_whole, self.own):
            if path == here:
                found.add("")
            elif path.startswith(here.rstrip("/") + "/"):
                found.add(path[len(here.rstrip("/")) + 1 :])
        return frozenset(found)


def _whole(path: str) -> str:
    """Write a path, or a URL, in the one way that can be compared."""
    scheme, rest = split_place(path)
    return f"{scheme}://{rest.strip('/')}" if scheme else os.path.realpath(rest).replace(os.sep, "/")
