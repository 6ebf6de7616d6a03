"""Runs a command again and again, and lets another of its file operations fail each time.

A program, so that it can fork a process that has imported everything: `python disk.py SPECIFICATION`, the fields of
`Specification` as JSON; prints a `Findings` as JSON.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SHORT = "short"
"""A write that takes only half of the bytes, as on a disk that is nearly full; no error yet."""


@dataclass
class Specification:
    """What to run, and what is to fail.

    Attributes:
        folder: To work in; has `start`, what is there before the command.
        command: With `out` for the output.
        errors: Names of the system's errors, or `SHORT`.
        lasting: Whether every operation fails from then on, or only one.
        every: Try only each so manieth operation.
    """

    folder: str
    command: list[str]
    errors: list[str] = field(default_factory=lambda: ["ENOSPC", "EIO", "EROFS", SHORT])
    lasting: list[bool] = field(default_factory=lambda: [False, True])
    every: int = 1


@dataclass
class Findings:
    """What came of it.

    Attributes:
        operations: Of an undisturbed run.
        cases: How many runs were disturbed.
        failed: How many of those ended with status 4.
        problems: What should not be.
    """

    operations: int
    cases: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)


class Faults:
    """Makes one operation below a folder fail, or all from one on."""

    def __init__(self, below: Path, at: int, error: str, lasting: bool) -> None:
        self._below, self._at, self._error, self._lasting = f"{below}{os.sep}", at, error, lasting
        self._lock = threading.Lock()
        self.count = 0

    def is_due(self, path: Any) -> bool:
        """Count an operation and say whether it is to fail."""
        if isinstance(path, int):
            path = os.readlink(f"/proc/self/fd/{path}")  # noqa: PTH115  a Path would count itself
        if not f"{os.path.abspath(path)}{os.sep}".startswith(self._below):  # noqa: PTH100  not where links lead
            return False
        with self._lock:
            self.count += 1
            return self.count == self._at or (self._lasting and self.count > self._at)

    def fail(self, path: Any) -> None:
        """Raise the error."""
        number = getattr(errno, "ENOSPC" if self._error == SHORT else self._error)
        raise OSError(number, os.strerror(number), str(path))

    def install(self) -> None:
        """Stand between Python and the system."""
        for name in ("open", "mkdir", "replace", "rename", "unlink", "remove", "rmdir", "fsync", "scandir"):
            setattr(os, name, self._guarded(getattr(os, name)))
        plain = io.open
        faults = self

        class File(io.FileIO):
            def write(self, data: Any) -> int:
                if faults.is_due(self.name):
                    if faults._error != SHORT:
                        faults.fail(self.name)
                    data = data[: len(data) // 2]
                    if not len(data):
                        faults.fail(self.name)
                return super().write(data)

        def opened(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **options: Any) -> Any:
            if self._error != SHORT and self.is_due(file):
                self.fail(file)
            return File(file, mode) if buffering == 0 else plain(file, mode, buffering, *args, **options)

        io.open = opened

    def _guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(path: Any = ".", *args: Any, **options: Any) -> Any:
            if self._error != SHORT and self.is_due(path):
                self.fail(path)
            return call(path, *args, **options)

        return guarded


def forked(call: Callable[[], int], said: Path) -> int:
    """Call something in a process of its own, its words in a file, and return its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 99
    try:
        target = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(target, 1)
        os.dup2(target, 2)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        status = call()
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder; of what is for people to read only that it is there."""
    return {
        path.relative_to(folder).as_posix(): b"" if path.name == "environment.json" else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def wrong_files(output: Path) -> list[str]:
    """Say which files are not whole, or not what their report says."""
    from cnnviz.io.hdf5.opening import read_mark
    from cnnviz.io.png import decode_png, pixels_sha256

    wrong = []
    for path in sorted(output.rglob("*")) if output.exists() else ():
        try:
            if path.suffix == ".png":
                decode_png(path.read_bytes())
            elif path.suffix == ".json":
                json.loads(path.read_bytes())
            elif path.name == "weights.h5" and not read_mark(path):
                wrong.append(f"{path}: no mark")
            elif path.suffix == ".html" and not path.read_bytes().rstrip().endswith(b"</html>"):
                wrong.append(f"{path}: cut short")
            if path.name == "report.json":
                report = json.loads(path.read_bytes())
                pictures = [{"path": "00_input.png", "sha256": report["input"]["pixels_sha256"]}]
                for layer in report["layers"]:
                    pictures += [*([layer["sheet"]] if layer["sheet"] else []), *layer["maps"]]
                for picture in pictures:
                    if pixels_sha256(decode_png((path.parent / picture["path"]).read_bytes())) != picture["sha256"]:
                        wrong.append(f"{path}: {picture['path']} is another picture")
        except Exception as error:
            wrong.append(f"{path}: {error!r}")
    return wrong


class Bench:
    """A place to run a command in, always from the same start."""

    def __init__(self, specification: Specification) -> None:
        self.folder = Path(specification.folder)
        self.work = self.folder / "work"
        self.output = self.work / "out"
        self.said = self.folder / "said"
        self.command = specification.command

    def reset(self) -> None:
        """Go back to the start."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.folder / "start", self.work, symlinks=True)

    def run(self, faults: Faults | None = None, tell: Callable[[], None] = lambda: None) -> int:
        """Run the command in a process of its own."""

        def call() -> int:
            from cnnviz.cli import execute

            os.chdir(self.work)
            if faults is not None:
                faults.install()
            try:
                return execute(list(self.command))
            finally:
                tell()

        return forked(call, self.said)

    def operations(self) -> int:
        """Count the operations of an undisturbed run."""
        counter = Faults(self.output, 0, "EIO", lasting=False)
        note = self.folder / "operations"

        def tell() -> None:
            fd = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.write(fd, str(counter.count).encode())

        assert self.run(counter, tell) == 0, self.said.read_text()
        return int(note.read_text())


def main() -> None:
    """Run all cases."""
    import cnnviz.cli.run
    import cnnviz.workflows.index
    import cnnviz.workflows.run.run  # noqa: F401  before the processes part

    specification = Specification(**json.loads(sys.argv[1]))
    bench = Bench(specification)
    bench.reset()
    findings = Findings(bench.operations())
    whole = snapshot(bench.work)
    for error in specification.errors:
        for lasting in specification.lasting:
            for at in range(1, findings.operations + 1, specification.every):
                if problem := _case(bench, at, error, lasting, whole, findings):
                    findings.problems.append(f"{error}{' from' if lasting else ''} {at}: {problem}")
    print(json.dumps(asdict(findings)))


def _case(bench: Bench, at: int, error: str, lasting: bool, whole: dict[str, bytes], findings: Findings) -> str:
    bench.reset()
    findings.cases += 1
    status = bench.run(Faults(bench.output, at, error, lasting))
    said = bench.said.read_text()
    findings.failed += status == 4
    if status not in (0, 4) or "Traceback" in said:
        return f"status {status}: {said[-1500:]}"
    if status == 4 and "cnnviz: error: " not in said:
        return f"no message: {said[-300:]}"
    if wrong := wrong_files(bench.output):
        return f"status {status}: {wrong}"
    if status == 0 and snapshot(bench.work) != whole:
        return f"said to be done, but {_compared(snapshot(bench.work), whole)}; {said[-300:]}"
    left = [name for name in snapshot(bench.work) if name.endswith("tmp")]
    if left and not lasting:
        return f"left {left}"
    if (status := bench.run()) != 0:
        return f"again: status {status}: {bench.said.read_text()[-1500:]}"
    if snapshot(bench.work) != whole:
        return f"again: {_compared(snapshot(bench.work), whole)}"
    return ""


def _compared(found: dict[str, bytes], whole: dict[str, bytes]) -> str:
    more, less = sorted(found.keys() - whole.keys()), sorted(whole.keys() - found.keys())
    return f"more {more}, less {less}, other {[n for n in sorted(found) if n in whole and found[n] != whole[n]]}"


if __name__ == "__main__":
    main()
