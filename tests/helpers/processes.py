"""Commands in processes of their own, and those processes' children, found in /proc."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROC = Path("/proc")


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a session of its own; nothing of it outlives the block."""
    command = [sys.executable, "-m", "cnnviz", *arguments]
    with subprocess.Popen(
        command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def members(session: int) -> dict[int, str]:
    """Find the processes of a session: number and command line; an empty one for zombies."""
    found = {}
    for entry in PROC.iterdir():
        with suppress(OSError, ValueError):
            # After the name, which may hold anything: state, parent, group, session.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ").strip()
    return found


def workers(session: int) -> list[int]:
    """Find the worker processes of a command."""
    return [pid for pid, command in members(session).items() if "spawn_main" in command]


def holds(pid: int, folder: Path) -> bool:
    """Whether a process has a folder open, as the one that works in it has."""
    try:
        return any(os.readlink(link) == str(folder) for link in (PROC / str(pid) / "fd").iterdir())  # noqa: PTH115
    except OSError:
        return False


def wait_until(true: Callable[[], object], seconds: float = 60, every: float = 0.002) -> None:
    """Wait until something is the case.

    Raises:
        TimeoutError: If it does not become so.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{seconds} seconds")
        time.sleep(every)
