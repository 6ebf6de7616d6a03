# Paths are strings here, for there may be millions of them.
# ruff: noqa: PTH118
"""Finding pictures in folders and by patterns, always in the same order."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Sequence
from fnmatch import translate
from typing import Protocol

from cnnviz.errors import CnnvizError, UsageError
from cnnviz.io.files import plain_reason, read_regular_file, show_path
from cnnviz.io.images import SUFFIXES
from cnnviz.workflows.owned import JOURNAL
from cnnviz.workflows.ownership import ENVIRONMENT, REPORT

SWEEP = "sweep.json"
"""The report of a sweep, in its folder."""

_MARKS = {
    REPORT: {"schema_version", "layers", "totals"},
    ENVIRONMENT: {"schema_version", "cnnviz", "python"},
    SWEEP: {"schema_version", "combinations", "layers"},
}
"""Files that cnnviz leaves in its folders, and keys that tell them from those of others."""

_REPORT_LIMIT = 2**26
_WILDCARD = re.compile(r"[*?[]")


class Entry(Protocol):
    """A name in a folder: what is used of an `os.DirEntry`."""

    @property
    def name(self) -> str:
        """The name alone."""

    def is_dir(self) -> bool:
        """Whether it is a folder."""

    def is_symlink(self) -> bool:
        """Whether it is only a link."""


class Files(Protocol):
    """Where pictures are looked for."""

    def entries(self, folder: str) -> Sequence[Entry]:
        """List a folder, in the order of the names.

        Raises:
            UsageError: If it cannot be listed.
        """

    def read(self, path: str, limit: int, what: str) -> bytes:
        """Read a file whole (see `read_regular_file`)."""


class Disk:
    """The disks of this machine."""

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder or ".") as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise UsageError(f"cannot list the folder {show_path(folder or '.')}: {plain_reason(error)}") from error

    def read(self, path: str, limit: int, what: str) -> bytes:
        return read_regular_file(path, limit, what)


DISK = Disk()


def is_pattern(text: str) -> bool:
    """Whether a path has wildcards."""
    return _WILDCARD.search(text) is not None


def is_output_folder(folder: str, names: Collection[str], files: Files = DISK) -> bool:
    """Whether cnnviz wrote a folder, judged by what it leaves in every one.

    Args:
        folder: Its path.
        names: The names in it.
        files: Where it is.
    """
    return JOURNAL in names or any(_is_mark(folder, mark, files) for mark in _MARKS if mark in names)


def is_sweep_folder(folder: str) -> bool:
    """Whether a folder holds the outputs of a sweep."""
    return _is_mark(folder, SWEEP, DISK)


def _is_mark(folder: str, name: str, files: Files) -> bool:
    try:
        content = json.loads(files.read(os.path.join(folder, name), _REPORT_LIMIT, "a report"))
    except (CnnvizError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.keys() >= _MARKS[name]


def pictures_below(folder: str, files: Files = DISK) -> Iterator[str]:
    """Find the pictures in a folder and in those below it.

    Hidden names, symlinked folders and output folders of cnnviz are passed over. What has a picture's name but
    is no regular file is found: reading it fails, with a reason.

    Args:
        folder: Its path.
        files: Where it is.

    Yields:
        Paths below the folder, with `/`, in the order of the characters of each name.

    Raises:
        UsageError: If a folder cannot be listed.
    """
    return _walk(folder, (), True, files)


def pictures_matching(pattern: str, files: Files = DISK) -> tuple[str, Iterator[str]]:
    """Find the pictures that a pattern means: `**` stands for any folders, a folder for all pictures below it.

    What is passed over in a folder is passed over here too, but hidden names that the pattern asks for.

    Args:
        pattern: A path with wildcards.
        files: Where to look.

    Returns:
        The folder before the first wildcard, and the paths below it as `pictures_below` gives them.

    Raises:
        UsageError: If a folder cannot be listed.
    """
    parts = pattern.replace(os.sep, "/").split("/")
    first = next(i for i, part in enumerate(parts) if is_pattern(part))
    base = "/".join([*parts[:first], ""])
    return base, _walk(base, tuple(part for part in parts[first:] if part), False, files)


def _walk(base: str, parts: tuple[str, ...], skip_top: bool, files: Files) -> Iterator[str]:
    """Walk the folders below `base` that can match; without parts, all of them."""
    rules = [None if part == "**" else (re.compile(translate(part)), part[0] == ".") for part in parts]
    end = len(parts)

    def settle(states: set[int]) -> frozenset[int]:
        """Let `**` stand for no folder."""
        for state in range(end):
            if state in states and rules[state] is None:
                states.add(state + 1)
        return frozenset(states)

    def step(states: frozenset[int], name: str) -> frozenset[int]:
        """Match one more name: the parts matched so far, to those matched with it."""
        reached = set()
        hidden = name[0] == "."
        for state in states:
            rule = rules[state] if state < end else None
            if rule is None:
                reached |= set() if hidden else {state}
            elif rule[0].match(name) and rule[1] >= hidden:
                reached.add(state + 1)
        return settle(reached)

    pending = [("", settle({0}))]
    while pending:
        relative, states = pending.pop()
        if relative and relative[-1] != "/":
            yield relative
            continue
        folder = os.path.join(base, relative)
        entries = files.entries(folder)
        if (relative or skip_top) and is_output_folder(folder, [entry.name for entry in entries], files):
            continue
        for entry in reversed(entries):
            if reached := step(states, entry.name):
                if entry.is_dir():
                    if not entry.is_symlink():
                        pending.append((f"{relative}{entry.name}/", reached))
                elif end in reached and entry.name.lower().endswith(SUFFIXES):
                    pending.append((relative + entry.name, reached))
