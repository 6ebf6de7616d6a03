"""Files whole or not at all, and only regular files read."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from cnnviz.errors import CnnvizError, OutputError, printable
from cnnviz.io.signals import held_signals
from cnnviz.io.temporaries import open_temporary, temporary_path

AnyPath = str | os.PathLike[str]

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EEXIST: "a file is in the way",
    errno.EISDIR: "it is a folder",
    errno.ENOENT: "it does not exist",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "too many symbolic links",
    errno.ENXIO: "it is a device or socket, not a regular file",
    errno.EFBIG: "the file would be too large",
    errno.EIO: "the disk reports an error",
}
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
}


def plain_reason(error: OSError) -> str:
    """Say in plain words why the system refused."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def write_reason(error: OSError) -> str:
    """Say in plain words why the system refused to write: what is to be made need not exist."""
    if error.errno != errno.ENOENT or not error.filename:
        return plain_reason(error)
    folder = Path(os.fsdecode(error.filename)).parent
    if folder.is_dir():
        return f"the system lets nothing be made in {show_path(folder)}"
    return f"the folder {show_path(folder)} does not exist"


def kind_of(mode: int) -> str:
    """Say what something is that is no regular file.

    Args:
        mode: As `os.stat` gives it.
    """
    return _KINDS.get(stat.S_IFMT(mode), "special")


def show_path(path: AnyPath) -> str:
    """Write a path so that it stays on one line and can be encoded: odd characters escaped."""
    return printable(os.fspath(path))


def read_regular_file(
    path: AnyPath, limit: int, what: str, error: type[CnnvizError] = CnnvizError, name: str | None = None
) -> bytes:
    """Read a file whole; a folder, pipe, device or socket is refused without waiting for it.

    Args:
        path: The file.
        limit: The largest number of bytes.
        what: What it is meant to be, for the message, such as `a picture`.
        error: The class to raise.
        name: What to call the file in messages; None for its path.

    Raises:
        CnnvizError: As the class given, if the file cannot be read or is too large.
    """
    shown = show_path(path) if name is None else name
    with open_regular(path, error, shown) as descriptor:
        size = os.fstat(descriptor).st_size
        chunks = []
        left = limit + 1
        expected = size + 1
        # A buffer no larger than the file: the pages of a new one cost more than the reading.
        while size <= limit and left and (chunk := os.read(descriptor, min(left, max(expected, 2**16), 2**30))):
            chunks.append(chunk)
            left -= len(chunk)
            expected -= len(chunk)
    if size > limit or not left:
        raise error(f"{shown} is larger than {limit:,} bytes, too large for {what}")
    return b"".join(chunks)


@contextlib.contextmanager
def open_regular(path: AnyPath, error: type[CnnvizError] = CnnvizError, name: str | None = None) -> Iterator[int]:
    """Open a file to read; a folder, pipe, device or socket is refused without waiting for it.

    Args:
        path: The file.
        error: The class to raise.
        name: What to call the file in messages; None for its path.

    Yields:
        Its descriptor.

    Raises:
        CnnvizError: As the class given, if it cannot be opened, and in place of any `OSError` of the block.
    """
    shown = show_path(path) if name is None else name
    try:
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except ValueError as problem:  # a NUL in the path
            raise error(f"cannot read {shown}: {problem}") from problem
        try:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise error(f"cannot read {shown}: it is {kind_of(mode)}, not a regular file")
            yield descriptor
        finally:
            os.close(descriptor)
    except OSError as problem:
        raise error(f"cannot read {shown}: {plain_reason(problem)}") from problem


def file_state(path: AnyPath, error: type[CnnvizError] = CnnvizError) -> tuple[int, ...]:
    """Return what changes when a file does; what cannot be read raises the class given."""
    with open_regular(path, error) as descriptor:
        found = os.fstat(descriptor)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def file_sha256(path: AnyPath, error: type[CnnvizError] = CnnvizError) -> str:
    """Return the SHA-256 of a file's content; what cannot be read raises the class given."""
    import hashlib

    with open_regular(path, error) as descriptor, open(descriptor, "rb", 0, closefd=False) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def output_errors(path: AnyPath) -> Iterator[None]:
    """Turn the system's errors into an `OutputError` that names the path.

    Raises:
        OutputError: In place of any `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {show_path(path)}: {write_reason(error)}") from error


def make_folder(path: AnyPath) -> Path:
    """Make a folder with its parents; one that exists is fine.

    Raises:
        OutputError: If it cannot be made.
    """
    folder = Path(path)
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_bytes(path: AnyPath, data: bytes, durable: bool = False) -> None:
    """Write a file whole or not at all.

    Args:
        path: Its final name; a file of that name is replaced.
        data: The contents.
        durable: Wait until it is on the disk: for what cannot be made again.

    Raises:
        OutputError: If it cannot be written; what was there before is then untouched.
    """
    with whole_file(path, durable) as file:
        write_all(file, data)


def write_all(file: io.FileIO, data: bytes | memoryview) -> None:
    """Write to an unbuffered file: the system may take fewer bytes than it is given.

    Raises:
        OSError: If it cannot be written.
    """
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


@contextlib.contextmanager
def whole_file(path: AnyPath, durable: bool = False) -> Iterator[io.FileIO]:
    """Give a temporary sibling to write to: renamed when the block succeeds, removed when it fails.

    Args:
        path: The final name; a file of that name is replaced, but nothing else: neither a link nor a pipe.
        durable: Wait until the file and its name are on the disk.

    Yields:
        The temporary file, open and unbuffered (see `write_all`); it is closed here.

    Raises:
        OutputError: In place of any `OSError`, those of the block included.
    """
    final, temporary = os.fspath(path), ""
    with output_errors(final):
        file: io.FileIO | None = None
        try:
            try:
                while file is None:
                    temporary = temporary_path(final)
                    file = open_temporary(temporary)
                yield file
                if durable:
                    flush(Path(temporary))
                if sys.platform == "win32":
                    file.close()
                else:
                    os.close(os.dup(file.fileno()))  # some network file systems say only then that they are full
                _check_replaceable(final)
                os.replace(temporary, final)  # noqa: PTH105  thousands of files are written
            except BaseException:
                _discard(file, temporary)
                raise
        except BaseException:  # a signal may arrive before signals are held
            _discard(file, temporary)
            raise
        file.close()
        if durable and os.name == "posix":
            flush(Path(final).parent)


def _discard(file: io.FileIO | None, path: str) -> None:
    """Close and remove a temporary file, if it was made; again is nothing."""
    with held_signals():
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108


def _check_replaceable(path: str) -> None:
    """Raise an error if there is something that is no regular file: a rename would put a file in its place."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise OutputError(f"cannot write {show_path(path)}: it is {kind_of(mode)}, not a regular file")


@contextlib.contextmanager
def exclusive(folder: AnyPath) -> Iterator[Path]:
    """Hold a folder alone, made with its parents if missing: others who ask for the same one wait.

    The lock is on the folder itself, so that none is left behind, and ends with the process. Where folders cannot
    be locked (Windows, some network file systems) nobody waits.

    Args:
        folder: The folder; its holder may remove it.

    Yields:
        The folder.

    Raises:
        OutputError: If the folder cannot be made or opened.
    """
    path = Path(folder)
    if sys.platform == "win32":
        yield make_folder(path)
        return
    descriptor = _lock(path)
    try:
        yield path
    finally:
        os.close(descriptor)


def _lock(path: Path) -> int:
    """Open and lock a folder; if it was removed while we waited, the new one of that name."""
    import fcntl

    while True:
        make_folder(path)
        with output_errors(path):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                continue
            try:
                with contextlib.suppress(OSError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(descriptor), path.stat()):
                        return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
