"""What this process may use of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

_VERSION_2 = ("memory.max", "memory.current", "inactive_file")
_VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def usable_cores() -> int:
    """Count the cores that this process may use: its affinity, and a container's quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            cores = min(cores, max(1, round(int(quota) / int(period))))
    return cores


def free_memory(root: Path = Path("/")) -> int | None:
    """Return the bytes that this process could still take, every limit of its containers counted; None if unknown.

    Args:
        root: The folder that holds `proc` and `sys`.
    """
    free: list[int] = []
    with suppress(OSError, ValueError, LookupError):
        free.append(_fields(root / "proc/meminfo")["MemAvailable:"] * 1024)
    for group, names in _memory_groups(root):
        with suppress(OSError, ValueError):
            limit, used = (int((group / name).read_text()) for name in names[:2])
            # Cached files go when memory is wanted.
            cached = 0
            with suppress(OSError, ValueError, LookupError):
                cached = _fields(group / "memory.stat")[names[2]]
            free.append(max(limit - max(used - cached, 0), 0))
    if not free:
        with suppress(OSError, ValueError, AttributeError):
            free.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(free) if free else None


def _memory_groups(root: Path) -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """Give the control groups whose limits hold for this process, and what their limit, use and cache are called.

    A limit of a group holds for all below it. A container may see its own group as the outermost, though its name
    here is the one that the machine knows; then the folders of that name are not there.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        lines = ["0::/"]
    for line in lines:
        controllers, _, name = line.partition(":")[2].partition(":")
        if not controllers:
            outermost, names = root / "sys/fs/cgroup", _VERSION_2
        elif "memory" in controllers.split(","):
            outermost, names = root / "sys/fs/cgroup/memory", _VERSION_1
        else:
            continue
        inside = PurePosixPath(name.lstrip("/"))
        for group in (inside, *inside.parents) if ".." not in inside.parts else [PurePosixPath()]:
            yield outermost / group, names


def _fields(path: Path) -> dict[str, int]:
    """Read lines of a name and a number."""
    return {words[0]: int(words[1]) for line in path.read_text().splitlines() if len(words := line.split()) > 1}
