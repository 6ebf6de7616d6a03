"""The way to a file below a folder: through real folders alone, never through a link that somebody put there.

A folder may be reached in any way its user likes, by links too. What is in it may have been planted: a link in the
place of a folder would let us write and delete where the link leads. Nobody who works at the same time is outrun.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cnnviz.errors import OutputError
from cnnviz.io.files import AnyPath, plain_reason, show_path


def check_parent_folders(base: AnyPath, name: str) -> None:
    """Make sure that the folders between a folder and a file in it are folders, as far as they are there.

    Args:
        base: The folder; it may be missing.
        name: The file, relative to it, with `/`.

    Raises:
        OutputError: If one is a link or something else, or cannot be looked at.
    """
    path = os.fspath(base)
    for part in name.split("/")[:-1]:
        path = os.path.join(path, part)  # noqa: PTH118  asked for every file that is written
        mode = _mode(path)
        if mode is None:
            return
        if stat.S_ISLNK(mode):
            raise OutputError(f"{show_path(path)}: a symbolic link is in the way, and none is followed; move it")
        if not stat.S_ISDIR(mode):
            raise OutputError(f"{show_path(path)}: a file is in the way; move it")


def is_plain_file(base: AnyPath, name: str) -> bool:
    """Whether a regular file is there that is reached through no link.

    Args:
        base: The folder.
        name: The file, relative to it, with `/`.
    """
    try:
        check_parent_folders(base, name)
        mode = _mode(os.path.join(base, name))  # noqa: PTH118
    except OutputError:
        return False
    return mode is not None and stat.S_ISREG(mode)


def missing_parents(folder: AnyPath) -> list[Path]:
    """List the folders that would have to be made for a folder to exist, itself included, the deepest first."""
    path = Path(os.path.abspath(folder))  # noqa: PTH100 (`resolve` would follow links)
    missing = []
    while not os.path.lexists(path):
        missing.append(path)
        path = path.parent
    return missing


def _mode(path: str) -> int | None:
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = plain_reason(error) if isinstance(error, OSError) else str(error)
        raise OutputError(f"cannot look at {show_path(path)}: {reason}") from error
