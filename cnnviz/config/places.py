"""Where every value of a stack came from, and the mistakes found in it."""

from __future__ import annotations

import sys

from cnnviz.errors import ConfigError, Mistake
from cnnviz.io.yaml import MANY, Document, Mark, Path, place

_LAST = Mark(sys.maxsize, 0)


class Places:
    """Where the values of a stack came from: the file, or a switch."""

    def __init__(self, document: Document) -> None:
        self.source = document.source
        self._values: dict[Path, Mark | str] = dict(document.marks)
        self._keys: dict[Path, Mark | str] = dict(document.keys)

    def override(self, path: Path, switch: str) -> None:
        """Note that a switch brought the value at a path, and all that is in it."""
        for known in (self._values, self._keys):
            for old in [old for old in known if old[: len(path)] == path]:
                del known[old]
        self._values[path] = switch

    def switches(self) -> list[tuple[Path, str]]:
        """Return the values that switches brought, and the switch of each."""
        return [(path, switch) for path, switch in self._values.items() if isinstance(switch, str)]

    def find(self, path: Path, key: bool = False) -> tuple[Mark, str]:
        """Find the place of a path, or of what surrounds it.

        Args:
            path: Where in the stack.
            key: Whether the key is meant rather than the value.

        Returns:
            The mark, which sorts behind all others for what is not in the file; and `FILE:LINE:COLUMN`, or the switch
            that brought the value, empty if it has no place.
        """
        known = [self._keys.get(path) if key else None, *(self._values.get(path[:n]) for n in range(len(path), -1, -1))]
        found = next((one for one in known if one is not None), self.source)
        return (found, place(self.source, found)) if isinstance(found, Mark) else (_LAST, found)


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
            mark, text = self.places.find(path, key)
            self._put(mark, Mistake(path, message, layer, text))

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
