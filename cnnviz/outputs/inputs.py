# Paths are strings here, for there may be millions of them.
# ruff: noqa: PTH116, PTH117, PTH118, PTH119, PTH123, PTH208
"""What INPUT arguments mean: the pictures to take."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from cnnviz.errors import UsageError
from cnnviz.io.files import AnyPath, plain_reason, show_path
from cnnviz.io.images import SUFFIXES
from cnnviz.io.listing import DISK, Files
from cnnviz.io.samples import find_sample, is_sample
from cnnviz.io.urls import UrlFiles, is_url
from cnnviz.outputs.pictures import PassedOver, is_pattern, pictures_below, pictures_matching
from cnnviz.outputs.sources import NameBy, Source, UrlSource, each_its_folder, each_once

_SHOWN = 5


def resolve(
    inputs: Sequence[str],
    files_from: AnyPath | None = None,
    null: bool = False,
    name_by: NameBy = "stem",
    stdin: BinaryIO | None = None,
    own: Sequence[str] = (),
    remarks: list[str] | None = None,
) -> list[Source]:
    """Find the pictures that a command's arguments name; none of them is opened.

    Args:
        inputs: Files, folders, patterns, `sample:NAME`, and `-` for a list of paths on stdin.
        files_from: A file with a list of paths; `-` for stdin.
        null: Whether lists are separated by NUL instead of by lines.
        name_by: Whether folders in the output go by the name without suffix, the whole name, or the path as written.
        stdin: Read in place of the process's own.
        own: What the command itself will write: its output folder, and files.
        remarks: Takes what was passed over.

    Returns:
        The pictures in the order of the arguments, each in a folder of its own.

    Raises:
        UsageError: If a named input does not exist, there is no picture at all, or two would share a folder.
    """
    return each_its_folder(_find(inputs, files_from, null, name_by, stdin, own, remarks))


def resolve_once(
    inputs: Sequence[str],
    files_from: AnyPath | None = None,
    null: bool = False,
    own: Sequence[str] = (),
    remarks: list[str] | None = None,
) -> list[Source]:
    """Find pictures as `resolve` does, for a command that makes no folder for each: their names may be alike.

    Args:
        inputs: As of `resolve`.
        files_from: As of `resolve`.
        null: As of `resolve`.
        own: As of `resolve`.
        remarks: Takes what was passed over.

    Returns:
        The pictures in the order of the arguments, each once.

    Raises:
        UsageError: If a named input does not exist, or there is no picture at all.
    """
    return each_once(_find(inputs, files_from, null, "path", None, own, remarks))


def _find(
    inputs: Sequence[str],
    files_from: AnyPath | None,
    null: bool,
    name_by: NameBy,
    stdin: BinaryIO | None,
    own: Sequence[str],
    remarks: list[str] | None,
) -> list[Source]:
    lists = [name for name in inputs if name == "-"]
    if files_from is not None:
        lists.append(os.fspath(files_from))
    if null and not lists:
        raise UsageError("-0 is for lists of paths: it needs - or --files-from")
    if lists.count("-") > 1:
        raise UsageError("stdin can be read only once")
    if not inputs and not lists:
        raise UsageError("no input: name a picture, a folder, a quoted pattern, or sample:chelsea to try one")
    passed = PassedOver(own)
    found: list[Iterable[tuple[str, int]]] = []
    for name in inputs:
        found.append(_listed(name, null, stdin) if name == "-" else _named(name, passed))
    if files_from is not None:
        found.append(_listed(os.fspath(files_from), null, stdin))
    places: Iterable[tuple[str, int]] = chain.from_iterable(found)
    if name_by == "path":
        places = (_as_written(path, start) for path, start in places)
    sources = [(UrlSource if is_url(path) else Source)(path, start, name_by) for path, start in places]
    if remarks is not None:
        remarks += passed.remarks()
    if not sources:
        named = [name for name in inputs if name != "-"]
        raise UsageError(_nothing(named, passed) if named else "the list of paths is empty")
    return sources


def resolve_one(image: str) -> Source:
    """Find the one picture that an argument names.

    Raises:
        UsageError: If it does not exist, or there are several.
    """
    sources = _find([image], None, False, "stem", None, (), None)
    if len(sources) > 1:
        raise UsageError(f"{show_path(image)}: {len(sources):,} pictures; name one")
    return sources[0]


def _named(name: str, passed: PassedOver) -> Iterator[tuple[str, int]]:
    """Yield path and start for each picture that one argument names."""
    if is_sample(name):
        name = str(find_sample(name, "picture"))
    files: Files = DISK
    is_folder, missing = None, f"{show_path(name)!r} does not exist"
    if is_url(name):
        files = stored = UrlFiles()
        is_folder = stored.is_folder(name)
    else:
        try:
            is_folder = stat.S_ISDIR(os.stat(name).st_mode)
        except (OSError, ValueError) as error:
            missing = "" if is_pattern(name) else _missing(name, error)
    if is_folder is False:
        yield name, _own_part(name)
        return
    if is_folder:
        base = name.rstrip("/") + "/" if is_url(name) else os.path.join(name, "")
        below = pictures_below(base, files, passed)
    elif is_pattern(name):
        base, below = pictures_matching(name, files, passed)
    else:
        raise UsageError(missing)
    first = next(below, None)
    if first is not None:
        for path in chain([first], below):
            yield base + path, len(base)
    elif is_url(name) or not is_folder:
        raise UsageError(_nothing([name], passed))


def _listed(name: str, null: bool, stdin: BinaryIO | None) -> Iterator[tuple[str, int]]:
    """Yield path and start for each line of a list; whether the paths exist shows when they are read."""
    if name == "-":
        if stdin is None and sys.stdin is None:
            raise UsageError("cannot read the list of paths from stdin: it is closed")
        try:
            data = (stdin or sys.stdin.buffer).read()
        except OSError as error:
            raise UsageError(f"cannot read the list of paths from stdin: {plain_reason(error)}") from error
    else:
        # A list may be a pipe: --files-from <(find ...).
        try:
            with open(name, "rb") as file:
                data = file.read()
        except OSError as error:
            raise UsageError(f"cannot read the list {show_path(name)}: {plain_reason(error)}") from error
    if not null and b"\0" in data:
        raise UsageError("the list of paths is separated by NUL: say so with -0")
    if null and b"\0" not in data and b"\n" in data:
        raise UsageError("the list of paths is separated by lines: leave -0 out")
    for line in data.split(b"\0" if null else b"\n"):
        path = os.fsdecode(line if null else line.rstrip(b"\r"))
        if is_url(path):
            yield path, _own_part(path)
        elif path:
            yield _as_written(path, _own_part(path))


def _own_part(path: str) -> int:
    """Return where the name of a file begins in its path or URL."""
    return path.rindex("/") + 1 if is_url(path) else len(path) - len(os.path.basename(path))


def _as_written(path: str, start: int) -> tuple[str, int]:
    """Let a path begin where it is written to begin, if that leads neither up nor from a root."""
    if is_url(path):
        steps = path.partition("://")[2].split("/")
        return path, start if {"", ".", ".."} & set(steps) else len(path) - len("/".join(steps))
    parts = path.replace(os.sep, "/").split("/")
    if os.path.isabs(path) or os.path.splitdrive(path)[0] or ".." in parts:
        return path, start
    return os.path.normpath(path), 0


def _missing(name: str, error: OSError | ValueError) -> str:
    """Say why a named input cannot be taken, with the nearest name beside it."""
    shown = show_path(name)
    if not isinstance(error, FileNotFoundError):
        return f"cannot take {shown!r}: {plain_reason(error) if isinstance(error, OSError) else error}"
    folder, base = os.path.split(name)
    try:
        near = _nearest(base, os.listdir(folder or "."))
    except OSError:
        near = ""
    advice = f"; did you mean {show_path(os.path.join(folder, near))!r}?" if near else ""
    return f"{shown!r} does not exist{advice}"


def _nearest(name: str, names: list[str]) -> str:
    """Find the name that was perhaps meant; empty if none is close."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, names, 1)), "")


def _nothing(names: Sequence[str], passed: PassedOver) -> str:
    """Say that there is no picture, and what would count as one."""
    where = ", ".join(show_path(name) for name in names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    over = "".join(f"; {remark}" for remark in passed.remarks())
    return (
        f"no image found in {where}: looked for {' '.join(SUFFIXES)}; hidden files, symlinked folders and output "
        f"folders of cnnviz are passed over, but a file named by itself is always tried{over}"
    )
