"""`failures.jsonl`: which images of a run failed, and why; written and read in one place."""

from __future__ import annotations

import json
import weakref
from array import array
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from cnnviz.io.files import AnyPath, open_regular, output_errors

_LINE_LIMIT = 2**16
_IN_MEMORY = 2**20
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

    def in_words(self) -> str:
        """Say what failed and why, with one name of the image."""
        return self.message if self.file in self.message else f"{self.file}: {self.message}"


def to_lines(failures: Iterable[FailedImage]) -> bytes:
    """Write a list, in the order of the names."""
    ordered = sorted(failures, key=lambda failure: failure.file)
    lines = (json.dumps(failure._asdict(), ensure_ascii=False) for failure in ordered)
    return "".join(f"{line}\n" for line in lines).encode()


class FailureList:
    """The failures of a run while it goes on: on a disk, for there may be as many as images."""

    def __init__(self) -> None:
        self._places = array("Q")
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        return len(self._places)

    def add(self, failure: FailedImage) -> None:
        """Note one.

        Raises:
            OutputError: If the temporary folder is full.
        """
        with output_errors("a temporary file"):
            if self._file is None:
                from tempfile import SpooledTemporaryFile

                self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed with the list
                weakref.finalize(self, self._file.close)
            self._places.append(self._file.tell())
            self._file.write(to_lines([failure]))

    def lines(self) -> Iterator[bytes]:
        """Go over them in the order of the names, as lines of the file.

        Raises:
            OutputError: If they cannot be read.
        """
        file = self._file
        if file is None:
            return
        with output_errors("a temporary file"):
            file.seek(0)
            names = [json.loads(line)["file"] for line in file]
            order = sorted(range(len(names)), key=names.__getitem__)
            del names
            for index in order:
                file.seek(self._places[index])
                yield file.readline()


def read_failures(path: AnyPath) -> Iterator[FailedImage]:
    """Read a list line by line; lines that are not cnnviz's are passed over.

    Raises:
        CnnvizError: If it is no regular file, or cannot be read.
    """
    return filter(None, _lines(path))


def are_failures(path: AnyPath) -> bool:
    """Whether a file is such a list, every line of it.

    Raises:
        CnnvizError: If it is no regular file, or cannot be read.
    """
    line = None
    for line in _lines(path):
        if line is None:
            return False
    return line is not None


def _lines(path: AnyPath) -> Iterator[FailedImage | None]:
    with open_regular(path) as descriptor, open(descriptor, "rb", closefd=False) as file:
        yield from map(_read, iter(lambda: file.readline(_LINE_LIMIT), b""))


def _read(line: bytes) -> FailedImage | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or entry.keys() != set(FailedImage._fields):
        return None
    failure = FailedImage(**entry)
    return failure if failure.stage in _STAGES and all(isinstance(part, str) for part in failure) else None
