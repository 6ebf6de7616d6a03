# Paths are strings here, for there may be millions of them.
# ruff: noqa: PTH118
"""Finding pictures in folders and by patterns, always in the same order."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator
from fnmatch import translate

from cnnviz.errors import CnnvizError
from cnnviz.io.files import show_path
from cnnviz.io.images import SUFFIXES
from cnnviz.io.listing import Files
from cnnviz.io.urls import split_place
from cnnviz.outputs.finding import REPORT_LIMIT, is_folder_of_command, is_image_folder, is_marked
from cnnviz.outputs.names import ENVIRONMENT, INPUT_PICTURE, JOURNAL, TEXTS, files_of

_WORDS = {
    "output": ("output folder of cnnviz", "output folders of cnnviz", "; name one to take what else is in it"),
    "link": ("symlinked folder", "symlinked folders", "; name one to take what is in it"),
    "key": ("name", "names", " with an empty part, `.` or `..`; name the pictures one by one to take them"),
}
_WILDCARD = re.compile(r"[*?[]")


class PassedOver:
    """Counts what is passed over where pictures are looked for, so that nobody looks for it in vain.

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


def is_pattern(text: str) -> bool:
    """Whether a path has wildcards."""
    return _WILDCARD.search(text) is not None


def _written_in(folder: str, names: Collection[str], files: Files) -> frozenset[str]:
    """List the pictures that cnnviz wrote into a folder, relative to it, by its reports and its journal."""
    found = {INPUT_PICTURE}
    reports = [name for name in TEXTS if name in names]
    for name in (*reports, JOURNAL):
        if name in names:
            try:
                content = json.loads(files.read(os.path.join(folder, name), REPORT_LIMIT, "a report"))
            except (CnnvizError, ValueError, RecursionError):
                continue
            pending = [content]
            while pending:
                item = pending.pop()
                if isinstance(item, str):
                    found.add(item)
                elif isinstance(item, dict | list):
                    pending.extend(item.values() if isinstance(item, dict) else item)
    return frozenset().union(*(files_of(report, found) for report in reports or TEXTS))


def pictures_below(folder: str, files: Files, passed: PassedOver) -> Iterator[str]:
    """Find the pictures in a folder and in those below it.

    Hidden names, symlinked folders and output folders of cnnviz are passed over, in the folder itself only what cnnviz
    wrote. What has a picture's name but is no regular file is found: reading it fails, with a reason.

    Args:
        folder: The path of the folder.
        files: Where it is.
        passed: Takes what is passed over; in an output folder of its own, pictures are found.

    Yields:
        Paths below the folder, with `/`, in the order of the characters of each name.

    Raises:
        UsageError: If a folder cannot be listed.
    """
    return _walk(folder, (), files, passed)


def pictures_matching(pattern: str, files: Files, passed: PassedOver) -> tuple[str, Iterator[str]]:
    """Find the pictures that a pattern means: `**` stands for any folders, a folder for all pictures below it.

    What is passed over in a folder is passed over here too, but hidden names that the pattern asks for.

    Args:
        pattern: A path with wildcards.
        files: Where to look.
        passed: As for `pictures_below`.

    Returns:
        The folder before the first wildcard, and the paths below it as `pictures_below` gives them.

    Raises:
        UsageError: If a folder cannot be listed.
    """
    parts = pattern.replace(os.sep, "/").split("/")
    first = next(i for i, part in enumerate(parts) if is_pattern(part))
    base = "/".join([*parts[:first], ""])
    return base, _walk(base, tuple(part for part in parts[first:] if part), files, passed)


class _GlobPattern:
    """The parts of a pattern, matched name by name: a state says how many parts are matched so far.

    Attributes:
        length: The state in which all are matched.
        start: The states before the first name.
    """

    def __init__(self, parts: tuple[str, ...]) -> None:
        self._rules = [None if part == "**" else (re.compile(translate(part)), part[0] == ".") for part in parts]
        self.length = len(parts)
        self.start = self._with_empty({0})

    def advance(self, states: frozenset[int], name: str) -> frozenset[int]:
        """Match one more name; nothing is left where the pattern cannot match."""
        reached = set()
        hidden = name[0] == "."
        for state in states:
            rule = self._rules[state] if state < self.length else None
            if rule is None:
                reached |= set() if hidden else {state}
            elif rule[0].match(name) and rule[1] >= hidden:
                reached.add(state + 1)
        return self._with_empty(reached)

    def _with_empty(self, states: set[int]) -> frozenset[int]:
        """Add the states that are reached where `**` stands for no folder."""
        for state in range(self.length):
            if state in states and self._rules[state] is None:
                states.add(state + 1)
        return frozenset(states)


def _walk(base: str, parts: tuple[str, ...], files: Files, passed: PassedOver) -> Iterator[str]:
    """Walk the folders below `base` that can match a pattern.

    Args:
        base: Where to begin.
        parts: The parts of the pattern; without any, all pictures are meant but those that cnnviz wrote into the base.
        files: Where the folders are.
        passed: Takes what is passed over.
    """
    pattern = _GlobPattern(parts)
    own = passed.own_below(base)
    written: frozenset[str] = frozenset()
    pending = [("", pattern.start)]
    while pending:
        relative, states = pending.pop()
        if relative and relative[-1] != "/":
            if relative not in own and relative not in written:
                yield relative
            continue
        folder = os.path.join(base, relative)
        entries = files.entries(folder)
        names = [entry.name for entry in entries]
        if is_image_folder(folder, names, files) or is_folder_of_command(folder, names, files):
            if relative:
                passed.add("output", folder)
                continue
            written = frozenset() if parts else _written_in(folder, names, files)
        elif relative and relative[:-1] not in own and is_marked(folder, ENVIRONMENT, names, files):
            passed.add("output", folder)
            continue
        for entry in reversed(entries):
            if entry.name in ("", ".", ".."):
                passed.add("key", f"{folder}{entry.name}/")
            elif reached := pattern.advance(states, entry.name):
                if entry.is_dir():
                    if entry.is_symlink():
                        passed.add("link", folder + entry.name)
                    else:
                        pending.append((f"{relative}{entry.name}/", reached))
                elif pattern.length in reached and entry.name.lower().endswith(SUFFIXES):
                    pending.append((relative + entry.name, reached))


def _whole(path: str) -> str:
    """Write a path, or a URL, in the one way that can be compared."""
    scheme, rest = split_place(path)
    return f"{scheme}://{rest.strip('/')}" if scheme else os.path.realpath(rest).replace(os.sep, "/")
