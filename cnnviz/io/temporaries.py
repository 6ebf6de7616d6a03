"""Files and folders that are there only while somebody works at them, and how others know that nobody does any more.

Who makes one holds a lock on it, which the system lets go when the process ends, however it ends: what is not locked
was left behind. Numbers of processes would say nothing, for containers that share a disk have the same ones.

Some network file systems keep locks within each machine, and some have none: there, what is younger than a day stays.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import sys
import time
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cnnviz.io.signals import held_signals

# The first digits say which machine made it (see `_machine`), the others are random. 0.1.0 wrote a number before them.
_FILE = re.compile(r"\..*\.(?:\d+-)?([0-9a-f]{8})[0-9a-f]{12}\.cnnviz-tmp", re.DOTALL)
_FOLDER = re.compile(r"cnnviz-([0-9a-f]{8})[0-9a-f]{12}")
_DAY = 24 * 3600.0


def temporary_path(final: str) -> str:
    """Name a new file beside another: known before it is there, so that whoever is interrupted can take it away."""
    folder, name = os.path.split(final)  # asked for every file that is written
    return os.path.join(folder, f".{name[:40]}.{_machine()}{os.urandom(6).hex()}.cnnviz-tmp")  # noqa: PTH118


def open_temporary(path: str) -> io.FileIO | None:
    """Make a file and open it to read and write; nobody removes it while it is open.

    Args:
        path: From `temporary_path`.

    Returns:
        The file; None if it was taken for left behind before it could be held: try another name.

    Raises:
        OSError: If it cannot be made.
    """
    file: io.FileIO = Path(path).open("x+b", buffering=0)  # noqa: SIM115
    try:
        if _hold(file.fileno(), path):
            return file
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def remove_stale_temporaries(folder: str | os.PathLike[str]) -> None:
    """Remove what killed processes of cnnviz left in a folder; files of running ones stay."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _FILE.fullmatch(entry.name)
            if match and entry.is_file(follow_symlinks=False):
                # To be locked on NFS, a file must be open for writing.
                with contextlib.suppress(OSError), _opened(entry.path, os.O_RDWR) as descriptor:
                    if _is_left_behind(descriptor, match[1]):
                        Path(entry.path).unlink()


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder in the system's temporary one, removed in the end; those of killed processes are removed, too.

    Raises:
        OSError: If it cannot be made.
    """
    remove_stale_scratch()
    made: list[tuple[Path, int | None]] = []
    try:
        try:
            with held_signals():  # one that arrived while it is made would leave it behind
                made.append(_new_scratch())
            yield made[0][0]
        finally:
            _remove_scratch(made)
    except BaseException:  # a signal may arrive before signals are held
        _remove_scratch(made)
        raise


def _remove_scratch(made: list[tuple[Path, int | None]]) -> None:
    """Remove and unlock a folder, if it is still there."""
    import shutil

    with held_signals():
        while made:
            path, descriptor = made.pop()
            shutil.rmtree(path, ignore_errors=True)
            if descriptor is not None:
                os.close(descriptor)


def _new_scratch() -> tuple[Path, int | None]:
    """Make a folder and lock it."""
    import tempfile

    while True:
        path = Path(tempfile.gettempdir(), f"cnnviz-{_machine()}{os.urandom(6).hex()}")
        path.mkdir(mode=0o700)
        if sys.platform == "win32":
            return path, None
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            if _hold(descriptor, path):
                return path, descriptor
            os.close(descriptor)


def remove_stale_scratch() -> None:
    """Remove the scratch folders that killed processes of this user left."""
    import shutil
    import tempfile

    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            match = _FOLDER.fullmatch(entry.name)
            if match and entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError), _opened(entry.path, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
                    if os.fstat(descriptor).st_uid == os.geteuid() and _is_left_behind(descriptor, match[1]):
                        shutil.rmtree(entry.path, ignore_errors=True)


@contextlib.contextmanager
def _opened(path: str | os.PathLike[str], flags: int) -> Iterator[int]:
    """Open what was not made here: through no link, and without waiting for a pipe."""
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _hold(descriptor: int, path: str | Path) -> bool:
    """Lock what was just made; it may have been taken for left behind before it was locked."""
    if sys.platform == "win32":
        return True
    import fcntl

    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _is_left_behind(descriptor: int, machine: str) -> bool:
    """Whether nobody works at an open file or folder; its lock is then ours until it is closed."""
    status = os.fstat(descriptor)
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return False
    old = time.time() - status.st_mtime > _DAY
    if sys.platform == "win32":
        return old
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # no locks here
        return old
    return old or machine == _machine()


@cache
def _machine() -> str:
    """Name the running system: containers share it, and its locks; a name of a host is one only by accident."""
    try:
        name = Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        name = (os.uname().nodename if sys.platform != "win32" else os.environ.get("COMPUTERNAME", "")).encode()
    return f"{zlib.crc32(name):08x}"
