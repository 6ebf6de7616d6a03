"""Where every value of a stack came from, and the mistakes found in it."""

from __future__ import annotations

import sys

from cnnviz.errors import ConfigError, Mistake
from cnnviz.io.yaml import Document, Mark, Path, place

MANY = 100
"""So many mistakes are gathered before the rest is left for the next time."""

_LAST = Mark(sys.maxsize, 0)


class Places:
    """Where the values of a stack came from: the file, or a switch."""

    def __init__(self, document: Document) -> None:
        self.source = document.source
        self._marks = dict(document.marks)
        self._keys = dict(document.keys)
        self._switches: dict[Path, str] = {}

    def override(self, path: Path, switch: str) -> None:
        """Note that a switch brought the value at a path, and all that is in it."""
        for known in (self._marks, self._keys, self._switches):
            for old in [old for old in known if old[: len(path)] == path]:
                del known[old]
        self._switches[path] = switch

    def mark(self, path: Path, key: bool = False) -> Mark | None:
        """Return the mark of a path, or of what surrounds it; None if a switch brought it or it has none.

        Args:
            path: Where in the stack.
            key: Whether the key is meant rather than the value.
        """
        found = self._find(path, key)
        return found if isinstance(found, Mark) else None

    def text(self, path: Path, key: bool = False) -> str:
        """Write the place of a path as `FILE:LINE:COLUMN`, or the switch that brought it; empty if it has none."""
        found = self._find(path, key)
        return place(self.source, found) if isinstance(found, Mark) else found or self.source

    def _find(self, path: Path, key: bool) -> Mark | str | None:
        if key and path in self._keys:
            return self._keys[path]
        for end in range(len(path), -1, -1):
            part = path[:end]
            found = self._switches.get(part) or self._marks.get(part)
            if found is not None:
                return found
        return None


class EnoughError(Exception):
    """So many mistakes were found that looking for more would help nobody."""


class Mistakes:
    """The mistakes found so far.

    Args:
        places: Where the values came from.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._found: list[tuple[Mark, Mistake]] = []
        self._paths: set[Path] = set()

    def note(self, mark: Mark, path: Path, message: str, layer: str = "") -> None:
        """Add a mistake of the YAML text itself."""
        self._put(mark, Mistake(path, message, layer, place(self.places.source, mark)))

    def add(self, path: Path, message: str, layer: str = "", key: bool = False) -> None:
        """Add a mistake, unless there is one at the same path already.

        Args:
            path: Where in the stack.
            message: What is wrong; what to do.
            layer: The layer's kind and name.
            key: Whether the key is to blame rather than the value.
        """
        if path not in self._paths:
            mark = self.places.mark(path, key) or _LAST
            self._put(mark, Mistake(path, message, layer, self.places.text(path, key)))

    def _put(self, mark: Mark, mistake: Mistake) -> None:
        self._found.append((mark, mistake))
        self._paths.add(mistake.path)
        if len(self._found) >= MANY:
            raise EnoughError

    def __len__(self) -> int:
        """Count them."""
        return len(self._found)

    def error(self) -> ConfigError:
        """Return all of them as one error, in the order of the file."""
        return ConfigError([mistake for _, mistake in sorted(self._found, key=lambda found: found[0])])
