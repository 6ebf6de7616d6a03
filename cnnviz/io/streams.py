"""The standard streams of a process: closed, full or left by their reader, they cost no work and no wrong status.

What is printed on stdout was asked for: if it cannot be written, that is remembered (`lost_output`) while the work goes
on. What goes to stderr may be lost.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import IO, Any

_CLOSED = "it is closed"


class ReaderGone(BaseException):
    """Whoever read our stdout went away; no `Exception`, or a library would make something else of it."""


class _Stderr(io.FileIO):
    """Loses what cannot be written."""

    def write(self, data: Any, /) -> int:
        with suppress(OSError):
            _write(super().write, self.fileno(), data)
        return _size(data)


class _Stdout(io.FileIO):
    """Remembers that something could not be written."""

    closed_before = False
    lost = ""

    def write(self, data: Any, /) -> int:
        if self.closed_before:
            self.lost = _CLOSED
        if self.lost:
            return _size(data)
        try:
            return _write(super().write, self.fileno(), data)
        except BrokenPipeError as error:
            raise ReaderGone from error
        except OSError as error:
            self.lost = (error.strerror or str(error)).lower()
        return _size(data)


_stdout: _Stdout | None = None


def take_streams() -> None:
    """Make the process's streams such that printing never fails.

    A descriptor that is closed is opened on nothing, or the next file that is opened would get its number, and whatever
    a library prints. What an encoding lacks is escaped.
    """
    global _stdout
    closed = [number for number in (0, 1, 2) if _open_on_nothing(number)]
    if sys.stdout is None or _is_plain(sys.stdout):
        _stdout = _Stdout(1, "w", closefd=False)
        _stdout.closed_before = 1 in closed
        sys.stdout = _text(_stdout, sys.stdout)
    if sys.stderr is None or _is_plain(sys.stderr):
        sys.stderr = _text(_Stderr(2, "w", closefd=False), sys.stderr)


def lost_output() -> str:
    """Say why something on stdout could not be written; empty if all of it was."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    return _stdout.lost if _stdout else ""


def _open_on_nothing(number: int) -> bool:
    """Open a descriptor on the null device if it is closed; tell whether it was."""
    try:
        os.fstat(number)
    except OSError:
        with suppress(OSError):
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            os.set_inheritable(number, True)  # a worker must not find it closed
        return True
    return False


def _is_plain(stream: IO[str]) -> bool:
    """Whether a stream is a file's or a pipe's; a console of Windows has a class of its own."""
    buffer = getattr(stream, "buffer", None)
    return type(getattr(buffer, "raw", buffer)) is io.FileIO  # with PYTHONUNBUFFERED, there is no buffer


def _text(raw: io.FileIO, old: Any) -> io.TextIOWrapper:
    encoding = getattr(old, "encoding", None) or "utf-8"
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding,
        "backslashreplace",
        line_buffering=getattr(old, "line_buffering", False),
        write_through=getattr(old, "write_through", False),
    )


def _write(write: Any, number: int, data: Any) -> int:
    """Write; where another process made the pipe one that does not wait, wait for it."""
    while (done := write(data)) is None:
        import select

        select.select([], [number], [])
    return int(done)


def _size(data: Any) -> int:
    return memoryview(data).nbytes
