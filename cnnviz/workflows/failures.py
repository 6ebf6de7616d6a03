"""`failures.jsonl`: which images of a run failed, and why; written and read in one place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cnnviz.io.files import AnyPath, open_regular

FAILURES = "failures.jsonl"
_LINE_LIMIT = 2**16
_STAGES = ("input", "stack", "run")


class FailedImage(NamedTuple):
    """A line of the list.

    Attributes:
        file: The image as it was named.
        stage: Where it failed: `input`, `stack` or `run`.
        message: Why.
    """

    file: str
    stage: str
    message: str


def to_lines(failures: Iterable[FailedImage]) -> bytes:
    """Write a list, in the order of the names."""
    ordered = sorted(failures, key=lambda failure: failure.file)
    lines = (json.dumps(failure._asdict(), ensure_ascii=False) for failure in ordered)
    return "".join(f"{line}\n" for line in lines).encode()


def read_failures(path: AnyPath) -> Iterator[FailedImage]:
    """Read a list line by line; lines that are not cnnviz's are passed over.

    Raises:
        CnnvizError: If it is no regular file, or cannot be read.
    """
    with open_regular(path) as descriptor, open(descriptor, "rb", closefd=False) as file:
        for line in iter(lambda: file.readline(_LINE_LIMIT), b""):
            if failure := _read(line):
                yield failure


def are_failures(data: bytes) -> bool:
    """Whether a file is such a list, every line of it."""
    lines = data.splitlines()
    return bool(lines) and all(_read(line) for line in lines)


def _read(line: bytes) -> FailedImage | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or entry.keys() != set(FailedImage._fields):
        return None
    failure = FailedImage(**entry)
    return failure if failure.stage in _STAGES and all(isinstance(part, str) for part in failure) else None
