"""Files that a user names one by one for what comes out: what may be in their place, and what is never replaced."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from cnnviz.errors import CnnvizError, OutputError, UsageError
from cnnviz.io.files import AnyPath, kind_of, make_folder, output_errors, read_regular_file, show_path, write_bytes

_LIMIT = 2**28
_STREAMS = (1, 2)
_ADVICE = "move what is in the way, or name another file"


def check_target(path: AnyPath, is_ours: Callable[[Path], bool], advice: str = "") -> None:
    """Make sure that a file may be written, before the work is done.

    Args:
        path: The file's name. A file of that name is replaced if it is empty or cnnviz's.
        is_ours: Whether a file is one that cnnviz wrote.
        advice: What else to do about one that is not, such as `, or --force to overwrite it`.

    Raises:
        OutputError: If something else is in the way.
    """
    place = place_of(path)
    with output_errors(path):
        foreign = place.exists() and place.stat().st_size and not is_ours(place)
    if foreign:
        raise foreign_file_error(path, f", or name another{advice}")


def foreign_file_error(path: AnyPath, advice: str = "") -> OutputError:
    """Make the error about a file that is to be written where another's is.

    Args:
        path: The file.
        advice: What to do besides moving it, such as `, or name another`.
    """
    return OutputError(f"{show_path(path)}: a file that cnnviz did not write is in the way; move it{advice}")


def check_apart(paths: Mapping[str, Path | None]) -> None:
    """Make sure that no two files are the same: the later one would take the place of the other.

    Args:
        paths: Files by the options that name them; None for an option that was not given.

    Raises:
        UsageError: If two are.
    """
    known: dict[str, str] = {}
    for option, path in paths.items():
        if path is None:
            continue
        other = known.setdefault(os.path.realpath(path), option)
        if other != option:
            raise UsageError(f"{other} and {option} name the same file, {show_path(path)}; name another")


def write_target(path: AnyPath, data: bytes) -> None:
    """Write a file that a user named whole or not at all, its folder made if missing; a file of that name is replaced.

    Raises:
        OutputError: If it cannot be written, or is no regular file.
    """
    place = place_of(path)
    make_folder(place.parent)
    write_bytes(place, data)


def place_of(path: AnyPath) -> Path:
    """Find where a file is that a user named: a link to a file stays, and the file is replaced.

    Raises:
        OutputError: If there is something that is no regular file, or the file that a standard stream goes to.
    """
    named = Path(path)
    with output_errors(named):
        try:
            found = named.stat()
        except FileNotFoundError as error:
            if named.is_symlink():
                raise OutputError(
                    f"cannot write {show_path(named)}: it is a link that leads nowhere; {_ADVICE}"
                ) from error
            return named
    if not stat.S_ISREG(found.st_mode):
        raise OutputError(f"cannot write {show_path(named)}: it is {kind_of(found.st_mode)}; {_ADVICE}")
    if any(_is_stream(found, number) for number in _STREAMS):
        raise OutputError(f"cannot write {show_path(named)}: a standard stream goes there; {_ADVICE}")
    return Path(os.path.realpath(named)) if named.is_symlink() else named


def is_marked(*marks: bytes) -> Callable[[Path], bool]:
    """Make a test whether a file holds one of the marks that cnnviz leaves in its kind.

    Args:
        marks: Bytes.
    """

    def holds(path: Path) -> bool:
        try:
            data = read_regular_file(path, _LIMIT, "a file of cnnviz's")
        except CnnvizError:
            return False
        return any(mark in data for mark in marks)

    return holds


def _is_stream(found: os.stat_result, number: int) -> bool:
    try:
        return os.path.samestat(found, os.fstat(number))
    except OSError:
        return False
