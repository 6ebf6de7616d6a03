"""Many files of one folder replaced together: all of them or none, whatever happens in between.

New files are staged in a hidden folder of the target, flushed to the disk, and a plan is written: from then on the
replacement counts, and only renames are left. If one of those fails, what was moved is moved back. If the process is
killed among them, the plan says so and the next one finishes it (`finish_replacement`).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from cnnviz.errors import OutputError, UsageError
from cnnviz.io.files import AnyPath, flush, make_folder, open_regular, output_errors, show_path, write_bytes

STAGE = ".cnnviz-accept"
_PLAN, _NEW, _OLD = "plan.json", "new", "old"
_FLUSHERS = 16
"""Threads that wait for the disk: it does many flushes in the time of one."""


class Replacement:
    """Files to write into and to take out of a folder, not yet done.

    Use `write` and `remove` as often as needed, then `commit`, or `abandon`.
    """

    def __init__(self, folder: AnyPath) -> None:
        """Begin.

        Args:
            folder: Exists, and is this process's alone (`exclusive`).

        Raises:
            OutputError: If nothing can be written there.
        """
        self.folder = Path(folder)
        self._stage = self.folder / STAGE
        self._written: list[str] = []
        self._removed: list[str] = []
        with output_errors(self._stage):
            if self._stage.exists():
                shutil.rmtree(self._stage)
        make_folder(self._stage / _NEW)

    def write(self, name: str, data: bytes) -> None:
        """Stage a file.

        Args:
            name: Relative to the folder, with `/`.
            data: Its contents.

        Raises:
            OutputError: If it cannot be written.
        """
        path = self._stage / _NEW / name
        with output_errors(self.folder / name):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb", buffering=0) as file:
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
        self._written.append(name)

    def copy(self, name: str, source: AnyPath) -> None:
        """Stage a copy of a file, which may be large.

        Args:
            name: Relative to the folder, with `/`.
            source: A regular file.

        Raises:
            CnnvizError: If it cannot be read.
            OutputError: If it cannot be written.
        """
        path = self._stage / _NEW / name
        with open_regular(source, UsageError) as descriptor, output_errors(self.folder / name):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file, os.fdopen(os.dup(descriptor), "rb") as original:
                shutil.copyfileobj(original, file, 2**20)
        self._written.append(name)

    def remove(self, name: str) -> None:
        """Note a file to take away; one that is not there is fine."""
        self._removed.append(name)

    def commit(self) -> None:
        """Put everything in place.

        Raises:
            OutputError: If that failed; then everything is as it was before.
        """
        try:
            with output_errors(self.folder):
                _flush_all(self._stage / _NEW / name for name in self._written)
                _flush_folders(self._stage / _NEW, self._written)
            plan = {"write": self._written, "remove": self._removed}
            write_bytes(self._stage / _PLAN, json.dumps(plan).encode(), durable=True)
            self._move()
        except BaseException:
            self.abandon()
            raise
        _clear(self.folder, self._removed)

    def abandon(self) -> None:
        """Forget what was staged."""
        if not _is_file(self._stage / _PLAN):
            shutil.rmtree(self._stage, ignore_errors=True)

    def _move(self) -> None:
        """Rename old files out of the way and new ones into place; on failure, all of them back."""
        undo: list[tuple[Path, Path]] = []

        def move(source: Path, target: Path) -> None:
            target.parent.mkdir(parents=True, exist_ok=True)
            undo.append((target, source))
            try:
                source.replace(target)
            except BaseException:
                undo.pop()
                raise

        try:
            with output_errors(self.folder):
                for name in dict.fromkeys(self._written + self._removed):
                    if _is_file(self.folder / name):
                        move(self.folder / name, self._stage / _OLD / name)
                for name in self._written:
                    move(self._stage / _NEW / name, self.folder / name)
                _flush_folders(self.folder, self._written)
        except BaseException:
            with output_errors(self.folder):
                for target, source in reversed(undo):
                    target.replace(source)
                (self._stage / _PLAN).unlink()
            for name in self._written:
                _remove_empty_parents(self.folder, name)
            raise


def is_unfinished(folder: AnyPath) -> bool:
    """Whether a replacement was broken off in a folder after it began to count."""
    return _is_file(Path(folder) / STAGE / _PLAN)


def finish_replacement(folder: AnyPath) -> bool:
    """Finish a replacement that was broken off, or clear away one that did not count yet.

    Args:
        folder: Is this process's alone (`exclusive`).

    Returns:
        Whether one was finished.

    Raises:
        OutputError: If it could not be finished; a later call may.
    """
    base = Path(folder)
    stage = base / STAGE
    if not is_unfinished(base):
        shutil.rmtree(stage, ignore_errors=True)
        return False
    with output_errors(base):
        written, removed = _read_plan(stage / _PLAN)
        for name in written:
            if _is_file(stage / _NEW / name):
                (base / name).parent.mkdir(parents=True, exist_ok=True)
                (stage / _NEW / name).replace(base / name)
        for name in removed:
            (base / name).unlink(missing_ok=True)
        _flush_folders(base, written)
    _clear(base, removed)
    return True


def _read_plan(path: Path) -> tuple[list[str], list[str]]:
    """Read a plan; one that would lead out of the folder is not ours."""
    try:
        plan = json.loads(path.read_bytes())
        written, removed = list(plan["write"]), list(plan["remove"])
        parts = [PurePosixPath(name) for name in written + removed]
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{show_path(path)}: not a plan of cnnviz's; remove it") from error
    if any(name.is_absolute() or ".." in name.parts for name in parts):
        raise OutputError(f"{show_path(path)}: it leads out of the folder; remove it")
    return written, removed


def _clear(folder: Path, removed: Iterable[str]) -> None:
    """Take the stage away, its plan first, and the folders that are empty now."""
    stage = folder / STAGE
    with output_errors(stage):
        (stage / _PLAN).unlink()
    shutil.rmtree(stage, ignore_errors=True)
    for name in removed:
        _remove_empty_parents(folder, name)


def _remove_empty_parents(folder: Path, name: str) -> None:
    with contextlib.suppress(OSError):
        for parent in (folder / name).parents:
            if parent == folder:
                return
            parent.rmdir()


def _is_file(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _flush_folders(base: Path, names: Iterable[str]) -> None:
    """Wait until the names of files are on the disk, those of new folders too."""
    if os.name == "posix":
        folders = {parent for name in names for parent in PurePosixPath(name).parents}
        _flush_all(base / folder for folder in folders)


def _flush_all(paths: Iterable[Path]) -> None:
    """Wait until files or folders are on the disk."""
    todo = list(paths)
    if len(todo) < _FLUSHERS:
        for path in todo:
            flush(path)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_FLUSHERS) as pool:
        for _ in pool.map(flush, todo):
            pass


def missing_parents(folder: AnyPath) -> list[Path]:
    """List the folders that would have to be made for a folder to exist, itself included, the deepest first."""
    path = Path(os.path.abspath(folder))  # noqa: PTH100 (`resolve` would follow links)
    missing = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    return missing
