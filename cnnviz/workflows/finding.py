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
from cnnviz.outputs.owned import JOURNAL
from cnnviz.outputs.ownership import ENVIRONMENT, INPUT_PICTURE, REPORT, SWEEP, TEXT, bears_mark, image_files
from cnnviz.workflows.passing import PassedOver

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
    return _holds_outputs(folder, names, files) or _is_marked(folder, ENVIRONMENT, names, files)


def is_sweep_folder(folder: str) -> bool:
    """Whether a folder holds the outputs of a sweep."""
    return _is_marked(folder, SWEEP, [SWEEP], DISK)


def _holds_outputs(folder: str, names: Collection[str], files: Files) -> bool:
    """Whether it is the folder of an image or of a sweep, be it whole or not."""
    if JOURNAL in names or (INPUT_PICTURE in names and TEXT in names):
        return True
    return any(_is_marked(folder, name, names, files) for name in (REPORT, SWEEP))


def _is_marked(folder: str, name: str, names: Collection[str], files: Files) -> bool:
    if name not in names:
        return False
    try:
        return bears_mark(name, files.read(os.path.join(folder, name), _REPORT_LIMIT, "a report"))
    except CnnvizError:
        return False


def _written_in(folder: str, names: Collection[str], files: Files) -> frozenset[str]:
    """List the pictures that cnnviz wrote into a folder, relative to it, by its reports and its journal."""
    found = {INPUT_PICTURE}
    for name in (REPORT, SWEEP, JOURNAL):
        if name in names:
            try:
                content = json.loads(files.read(os.path.join(folder, name), _REPORT_LIMIT, "a report"))
            except (CnnvizError, ValueError, RecursionError):
                continue
            pending = [content]
            while pending:
                item = pending.pop()
                if isinstance(item, str):
                    found.add(item)
                elif isinstance(item, dict | list):
                    pending.extend(item.values() if isinstance(item, dict) else item)
    return image_files(found)


def pictures_below(folder: str, files: Files = DISK, passed: PassedOver | None = None) -> Iterator[str]:
    """Find the pictures in a folder and in those below it.

    Hidden names, symlinked folders and output folders of cnnviz are passed over, in the folder itself only what cnnviz
    wrote. What has a picture's name but is no regular file is found: reading it fails, with a reason.

    Args:
        folder: Its path.
        files: Where it is.
        passed: Takes what is passed over; in an output folder of its own, pictures are found.

    Yields:
        Paths below the folder, with `/`, in the order of the characters of each name.

    Raises:
        UsageError: If a folder cannot be listed.
    """
    return _walk(folder, (), True, files, passed or PassedOver())


def pictures_matching(pattern: str, files: Files = DISK, passed: PassedOver | None = None) -> tuple[str, Iterator[str]]:
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
    return base, _walk(base, tuple(part for part in parts[first:] if part), False, files, passed or PassedOver())


def _walk(base: str, parts: tuple[str, ...], whole: bool, files: Files, passed: PassedOver) -> Iterator[str]:
    """Walk the folders below `base` that can match; without parts, all of them.

    Args:
        base: Where to begin.
        parts: Of a pattern.
        whole: Whether all that is in the base is meant, so that what cnnviz wrote there is not.
        files: Where it is.
        passed: Takes what is passed over.
    """
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

    own = passed.own_below(base)
    written: frozenset[str] = frozenset()
    pending = [("", settle({0}))]
    while pending:
        relative, states = pending.pop()
        if relative and relative[-1] != "/":
            if relative not in own and relative not in written:
                yield relative
            continue
        folder = os.path.join(base, relative)
        entries = files.entries(folder)
        names = [entry.name for entry in entries]
        if _holds_outputs(folder, names, files):
            if relative:
                passed.add("output", folder)
                continue
            written = _written_in(folder, names, files) if whole else written
        elif relative and relative[:-1] not in own and _is_marked(folder, ENVIRONMENT, names, files):
            passed.add("output", folder)
            continue
        for entry in reversed(entries):
            if entry.name in ("", ".", ".."):
                passed.add("key", f"{folder}{entry.name}/")
            elif reached := step(states, entry.name):
                if entry.is_dir():
                    if entry.is_symlink():
                        passed.add("link", folder + entry.name)
                    else:
                        pending.append((f"{relative}{entry.name}/", reached))
                elif end in reached and entry.name.lower().endswith(SUFFIXES):
                    pending.append((relative + entry.name, reached))
