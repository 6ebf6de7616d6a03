"""How much memory a command may take, all its processes together."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.errors import UsageError
from cnnviz.io.machine import free_memory
from cnnviz.stack.memory import Peak, show_bytes
from cnnviz.workflows.prepare.request import MemoryShare

_SHARE = 0.9
"""Part of the free memory that a command may take by default."""

_PROCESS = 80 << 20
"""What Python, NumPy and OpenCV take in each further process."""


class MemoryLimitError(UsageError):
    """Something needs more memory than it may take.

    Attributes:
        need: The bytes that it needs.
    """

    def __init__(self, message: str, need: int) -> None:
        super().__init__(message)
        self.need = need


class MemoryLimit(NamedTuple):
    """What a command may take.

    Attributes:
        bytes: All its processes together.
        process: What each further process takes for itself out of that.
        words: Who gives it.
    """

    bytes: int
    process: int
    words: str

    @classmethod
    def find(cls, max_memory: int | None) -> MemoryLimit | None:
        """Return what a user allows, else what the machine has; None if nobody knows.

        Args:
            max_memory: Bytes that a user allows; None for most of what is free.
        """
        if max_memory is not None:
            return cls(max_memory, 0, "--max-memory allows")
        free = free_memory()
        return None if free is None else cls(int(free * _SHARE), _PROCESS, "there is room for")

    def share(self, workers: int) -> MemoryShare:
        """Return what each of some workers may take."""
        return MemoryShare(max(self.bytes // workers - self.process, 0), workers)

    def workers(self, need: int) -> int:
        """Return for how many workers there is room if each needs so many bytes, at least one."""
        return max(self.bytes // (need + self.process), 1)


def check_memory(
    need: Peak, max_memory: int | None, subject: str, advice: str, share: MemoryShare | None = None
) -> None:
    """Refuse what needs too much memory.

    Args:
        need: What it needs.
        max_memory: Bytes that it may need; None for most of what is free.
        subject: What it is.
        advice: What to use in its place, beside a smaller picture.
        share: What this process may take where several share the memory; None if none do.

    Raises:
        MemoryLimitError: If it needs more.
    """
    limit = MemoryLimit.find(max_memory)
    if share is not None:
        limit = MemoryLimit(share.bytes, 0, f"each of {share.workers} workers may take")
        advice = f"{advice}, fewer --workers"
    if limit is None or need.bytes <= limit.bytes:
        return
    raise MemoryLimitError(
        f"{subject} needs {show_bytes(need.bytes)} at {need.layer}, {limit.words} {show_bytes(limit.bytes)}; "
        f"use a smaller picture (--max-side), {advice}, --dtype float32, or more --max-memory",
        need.bytes,
    )
