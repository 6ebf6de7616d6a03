"""What ends a command early: as a message and an exit status."""

from __future__ import annotations

import errno
import io
import os
import signal
from collections.abc import Iterator

import click

from cnnviz import __version__
from cnnviz.cli._messages import one_line, say_error
from cnnviz.cli._statuses import BUG, INTERRUPTED, NOT_WRITTEN, READER_GONE, REFUSED
from cnnviz.errors import CnnvizError
from cnnviz.io.files import plain_reason, show_path
from cnnviz.io.signals import arrived_signal
from cnnviz.io.streams import ReaderGone

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO)
_MEMORY = "not enough memory: {}; try --max-side or a smaller stack"
_FILES = "too many open files: the system allows no more (ulimit -n)"
_PROCESSES = "the system starts no more processes or threads (ulimit -u); try --workers 1 --threads 1"


def status_of(error: BaseException) -> int:
    """Say what ended a command, and return the exit status that goes with it.

    Args:
        error: Whatever came out of the command.
    """
    if (arrived := arrived_signal()) is not None:  # whatever became of its exception
        return _say("interrupted" if arrived == signal.SIGINT else "", 128 + arrived)
    if isinstance(error, ReaderGone):
        return READER_GONE
    if isinstance(error, CnnvizError):
        return _say(str(error), error.exit_code)
    if isinstance(error, click.ClickException):
        _show(error)
        return error.exit_code
    if isinstance(error, click.Abort) and isinstance(error.__cause__, EOFError):
        error = error.__cause__  # to click, it is a Ctrl-D
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        return _say("interrupted", INTERRUPTED)
    if limit := _limit(error):
        return _say(limit, REFUSED)
    if isinstance(error, OSError):
        where = "" if error.filename is None else f"{show_path(os.fsdecode(error.filename))}: "
        return _say(where + plain_reason(error), NOT_WRITTEN if error.errno in _DISK else REFUSED)
    import traceback

    click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    return _say(f"this is a bug in cnnviz {__version__}; please report it with the lines above", BUG)


def _say(message: str, status: int) -> int:
    if message:
        say_error(message)
    return status


def _show(error: click.ClickException) -> None:
    """Print what click has to say of an option, whatever was typed for it."""
    text = io.StringIO()
    error.show(text)
    message = error.format_message()
    click.echo(text.getvalue().replace(message, one_line(message)), err=True, nl=False)


def _limit(error: BaseException) -> str:
    """Say which limit of the machine or of its container was reached; empty if none was."""
    for cause in _causes(error):
        if isinstance(cause, MemoryError):
            return _MEMORY.format(str(cause) or "an allocation failed")
        if isinstance(cause, OSError):
            if cause.errno == errno.ENOMEM:
                return _MEMORY.format("the system gives no more")
            if cause.errno in (errno.EMFILE, errno.ENFILE):
                return _FILES
            if cause.errno == errno.EAGAIN:
                return _PROCESSES
            if cause.errno == errno.ENOENT and cause.filename is None and not _is_somewhere():
                return "the working folder does not exist any more: change into another one"
        if isinstance(cause, RuntimeError) and "start new thread" in str(cause):
            return _PROCESSES
        if isinstance(cause, ImportError) and not isinstance(cause, ModuleNotFoundError):
            reason = str(cause).strip().splitlines()[-1:]
            return f"cannot load a library: {''.join(reason)}; are memory or open files limited (ulimit)?"
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those behind it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _is_somewhere() -> bool:
    """Whether the working folder exists."""
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        return False
    return True
