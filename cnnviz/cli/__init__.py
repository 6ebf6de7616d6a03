"""The command line: one file a command, found by scanning this folder and loaded when it is called.

Everything that ends a command early becomes its exit status here, in one place (see `main`).
"""

from __future__ import annotations

import atexit
import errno
import gc
import importlib
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import click

from cnnviz import __version__
from cnnviz.cli._messages import say_error
from cnnviz.errors import CnnvizError

NOT_WRITTEN, INTERRUPTED, TERMINATED, READER_GONE, BUG = 4, 130, 143, 141, 70


class _Terminated(BaseException):
    """SIGTERM arrived."""


class _ReaderGone(BaseException):
    """Whoever read our stdout went away; click would make it a plain failure."""


class _CommandFolder(click.Group):
    """A group whose commands are the modules of this package, `command` in each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        # Not importlib.resources or pathlib: they would cost a quarter of `cnnviz --help`.
        names = os.listdir(os.path.dirname(__file__))  # noqa: PTH208, PTH120
        return sorted(name.removesuffix(".py") for name in names if name.endswith(".py") and name[0] != "_")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            # click knows only commands that are loaded, for its "did you mean".
            raise click.NoSuchCommand(error.command_name, possibilities=self.list_commands(ctx), ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ReaderGone from error


@click.group(
    cls=_CommandFolder,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CNNVIZ",
        "max_content_width": 100,
    },
)
@click.version_option(__version__, "-V", "--version", prog_name="cnnviz", message="%(prog)s %(version)s")
def cli() -> None:
    """See what a convolutional network does to a picture, layer by layer, in pure NumPy.

    \b
    Examples:
      cnnviz run photo.jpg --config l3
      cnnviz shapes --config vgg16
      cnnviz configs
    """  # noqa: D301


def main() -> NoReturn:
    """Run the command line and leave with its exit status.

    What a user can cause is a message and a status; anything else is a bug in cnnviz and shown as one.
    """
    # Threads are ours, over bands; BLAS's own would only compete with them, and cost start-up time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Little that is made while modules are imported is ever garbage: looking for it often is a twentieth of a run.
    gc.set_threshold(20_000)
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        status = execute()
    except _Terminated:
        status = TERMINATED
    _leave(status)


def _leave(status: int) -> NoReturn:
    """End the process, but do not take the interpreter apart: that takes longer than a small network's arithmetic."""
    atexit._run_exitfuncs()
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def execute(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Args:
        arguments: In place of the process's own.
    """
    try:
        result = cli.main(arguments, prog_name="cnnviz", standalone_mode=False)
        sys.stdout.flush()
    except CnnvizError as error:
        return _say(str(error), error.exit_code)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", INTERRUPTED)
    except (BrokenPipeError, _ReaderGone):
        # Python flushes stdout once more at exit: give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return READER_GONE
    except MemoryError as error:
        return _say(f"not enough memory: {error or 'an allocation failed'}; try --max-side or a smaller stack", 2)
    except Exception as error:
        # Only what is printed gets here; whoever writes a file says which.
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            return _say(f"cannot write to stdout: {(error.strerror or '').lower()}", NOT_WRITTEN)
        import traceback

        traceback.print_exc()
        return _say(f"this is a bug in cnnviz {__version__}; please report it with the lines above", BUG)
    return result if isinstance(result, int) else 0


def _say(message: str, status: int) -> int:
    say_error(message)
    return status


def _on_terminate(number: int, frame: FrameType | None) -> Any:
    signal.signal(number, signal.SIG_IGN)
    raise _Terminated
