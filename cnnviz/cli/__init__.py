"""The command line, as a process: everything that ends a command early becomes its exit status here, in one place."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

from cnnviz.io.signals import arrived_signal, end_on_signals, ignore_signals
from cnnviz.io.streams import lost_output, take_streams


def main() -> NoReturn:
    """Run the command line and leave with its exit status.

    What a user can cause is a message and a status; anything else is a bug in cnnviz and shown as one.
    """
    try:
        end_on_signals()
        take_streams()
        _settle()
        status = execute()
        ignore_signals()
    except BaseException:
        # A signal, before there is a command or while its end is told.
        ignore_signals()
        arrived = arrived_signal()
        if arrived is None:
            raise
        status = 128 + arrived
    _leave(status)


def _settle() -> None:
    """Make the process such that what it does depends on the command alone."""
    # Threads are ours, over bands; BLAS's own would only compete with them, and cost start-up time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Little that is made while modules are imported is ever garbage: looking for it is a twentieth of a run on one
    # picture, which makes 75,000 objects; an image more makes about a thousand, and hardly any garbage.
    gc.set_threshold(100_000)
    if sys.warnoptions:
        # PYTHONWARNINGS=error is for the user's own programs.
        import warnings

        warnings.resetwarnings()
        warnings.simplefilter("ignore")


def _leave(status: int) -> NoReturn:
    """End the process, but do not take the interpreter apart: that takes longer than a small network's arithmetic."""
    with suppress(Exception):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BaseException):
            stream.flush()
    os._exit(status)


def execute(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Args:
        arguments: In place of the process's own.
    """
    try:
        from cnnviz.cli._commands import cli

        if "_CNNVIZ_COMPLETE" in os.environ:  # a shell asks what could be typed
            from cnnviz.cli._bash import know_bash

            know_bash()

        result = cli.main(arguments, prog_name="cnnviz", standalone_mode=False)
        if arrived_signal() is not None:  # it was swallowed, or came too late
            raise KeyboardInterrupt
        if lost := lost_output():
            from cnnviz.errors import OutputError

            raise OutputError(f"cannot write to stdout: {lost}")
        return result if isinstance(result, int) else 0
    except SystemExit as end:  # click ends so when it has answered a shell
        return end.code if isinstance(end.code, int) else 0
    except BaseException as error:
        from cnnviz.cli._ending import status_of

        return status_of(error)
