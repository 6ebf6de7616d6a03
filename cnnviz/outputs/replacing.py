"""Many files of one folder replaced together: all of them or none, whatever happens in between.

New files are staged in a hidden folder of the target, flushed to the disk, and a plan is written: from then on only
renames are left, old files out of the way, new ones into place. What a name's file was and what it becomes stands in
the plan by hashes, so that where each file lies says how far it came: after a failure everything goes back, after a
kill the next process goes on (`finish_replacement`). Renaming the plan ends it.

A plan is only a file: it counts where all that it says is there, in files that cnnviz writes, and reached through no
link.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from cnnviz.errors import CnnvizError, OutputError, UsageError
from cnnviz.io.files import (
    AnyPath,
    flush,
    make_folder,
    open_regular,
    output_errors,
    read_regular_file,
    show_path,
    write_all,
    write_bytes,
)
from cnnviz.io.signals import held_signals
from cnnviz.io.threads import map_in_order
from cnnviz.outputs.folders import DiskFolder
from cnnviz.outputs.ownership import check_free
from cnnviz.outputs.ways import check_way

STAGE = ".cnnviz-accept"
_PLAN, _DONE, _NEW, _OLD = "plan.json", "done.json", "new", "old"
_FLUSHERS = 16
"""Threads that wait for the disk: it does many flushes in the time of one."""

_LIMIT = 2**28
"""Bytes of the largest plan: two million files."""


class _Change(NamedTuple):
    """What becomes of a file: the hashes of its contents; None for no file."""

    before: str | None
    after: str | None


class Replacement:
    """Files to write into and to take out of a folder, not yet done.

    Use `write`, `copy` and `remove` as often as needed, then `commit`, or `abandon`.
    """

    def __init__(self, folder: AnyPath) -> None:
        """Begin.

        Args:
            folder: Exists, is this process's alone (`exclusive`), and nothing is unfinished in it
                (`finish_replacement`).

        Raises:
            OutputError: If nothing can be written there.
        """
        self.folder = Path(folder)
        self._stage = self.folder / STAGE
        self._after: dict[str, str | None] = {}
        self._changes: dict[str, _Change] = {}
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
                write_all(file, data)
        self._after[name] = hashlib.sha256(data).hexdigest()

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
        digest = hashlib.sha256()
        with open_regular(source, UsageError) as descriptor, output_errors(self.folder / name):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file, os.fdopen(os.dup(descriptor), "rb") as original:
                for block in iter(lambda: original.read(2**20), b""):
                    digest.update(block)
                    file.write(block)
        self._after[name] = digest.hexdigest()

    def remove(self, name: str) -> None:
        """Note a file to take away; one that is not there is fine."""
        self._after.setdefault(name, None)

    def commit(self) -> None:
        """Put everything in place; Ctrl-C and SIGTERM wait for it.

        Raises:
            OutputError: If that failed, or a link is in the way; then everything is as it was before.
        """
        with held_signals():
            try:
                self._changes = {name: _Change(_hash(self.folder, name), after) for name, after in self._after.items()}
                with output_errors(self.folder):
                    written = [name for name, after in self._after.items() if after is not None]
                    _flush_all(self._stage / _NEW / name for name in written)
                    _flush_folders(self._stage / _NEW, written)
                plan = {"schema_version": 1, "files": self._changes}
                write_bytes(self._stage / _PLAN, json.dumps(plan).encode(), durable=True)
                _go_on(self.folder, self._changes)
            except BaseException:
                self.abandon()
                raise
            _clear(self.folder, self._changes)

    def abandon(self) -> None:
        """Put everything back and forget what was staged; where that cannot be done, the next process finishes it."""
        with contextlib.suppress(OSError):
            if os.path.lexists(self._stage / _PLAN):
                _go_back(self.folder, self._changes)
            shutil.rmtree(self._stage)
            for name in self._changes:
                _remove_empty_parents(self.folder, name)


class StagedFolder:
    """A folder in the one that is replaced; files in it are staged where nothing of anyone else's is in the way.

    Attributes:
        folder: The folder as it still is.
    """

    def __init__(self, replacement: Replacement, below: str) -> None:
        """Name a folder; nothing is read or made.

        Args:
            replacement: Where files are staged.
            below: The folder, relative to the replacement's, with `/`; empty for itself.
        """
        self.folder = DiskFolder(replacement.folder, below)
        self._replacement = replacement
        self._below = f"{below}/" if below else ""

    def write(self, name: str, data: bytes, ours: bool | None = None) -> None:
        """Stage a file (see `check_free`)."""
        check_free(self.folder, name, ours, advice="")
        self._replacement.write(self._below + name, data)

    def copy(self, name: str, source: AnyPath, ours: bool | None = None) -> None:
        """Stage a copy of a file (see `check_free`)."""
        check_free(self.folder, name, ours, advice="")
        self._replacement.copy(self._below + name, source)

    def remove(self, names: Iterable[str]) -> None:
        """Note files to take away."""
        for name in sorted(names):
            self._replacement.remove(self._below + name)


def has_stage(folder: AnyPath) -> bool:
    """Whether a folder holds what a replacement staged, or what is named as that."""
    return os.path.lexists(Path(folder) / STAGE)


def is_unfinished(folder: AnyPath) -> bool:
    """Whether a replacement was broken off in a folder after it began to count."""
    return os.path.lexists(Path(folder) / STAGE / _PLAN)


def finish_replacement(folder: AnyPath, is_kind: Callable[[str], bool], names: Iterable[str] = ()) -> bool:
    """Finish a replacement that was broken off, or clear away one that did not count yet.

    Args:
        folder: Is this process's alone (`exclusive`).
        is_kind: Tells of a name whether cnnviz writes files of that kind.
        names: What is in the folder, if that is no output: it is finished only where all of it is new.

    Returns:
        Whether one was finished.

    Raises:
        OutputError: If what is there is not what a replacement leaves, or it could not be finished: a later call may.
    """
    base = Path(folder)
    stage = base / STAGE
    if not has_stage(base):
        return False
    _check_stage(base, is_kind)
    unfinished = is_unfinished(base)
    changes = _read_plan(stage) if unfinished else {}
    if foreign := sorted(set(names) - {name.partition("/")[0] for name in changes}):
        raise _strange(stage, f"{show_path(foreign[0])} in {show_path(base)} is no output of cnnviz")
    if not unfinished:
        if not os.path.lexists(stage / _DONE) and (left := next(_files(stage / _OLD), None)):
            raise _strange(stage, f"there is {show_path(left)} of the folder in it, and no plan")
        _clear(base, {})
        return False
    for name, change in changes.items():
        if not is_kind(name):
            raise _strange(stage, f"its plan speaks of {show_path(name)}, which cnnviz does not write")
        _check_state(base, name, change)
    with held_signals():
        with output_errors(base):
            _go_on(base, changes)
        _clear(base, changes)
    return True


def _go_on(base: Path, changes: Mapping[str, _Change]) -> None:
    """Rename old files out of the way and new ones into place, from wherever it stands; then it is done."""
    new, old = base / STAGE / _NEW, base / STAGE / _OLD
    with output_errors(base):
        for name, change in changes.items():
            if change.after is None or os.path.lexists(new / name):
                if os.path.lexists(base / name):
                    _rename(base / name, old / name)
                if change.after is not None:
                    _rename(new / name, base / name)
        _flush_folders(base, [name for name, change in changes.items() if change.after is not None])
        (base / STAGE / _PLAN).replace(base / STAGE / _DONE)


def _go_back(base: Path, changes: Mapping[str, _Change]) -> None:
    """Rename new files out of the way and old ones back, from wherever it stands; then nothing counts any more."""
    new, old = base / STAGE / _NEW, base / STAGE / _OLD
    for name, change in changes.items():
        if change.after is not None and os.path.lexists(base / name) and not os.path.lexists(new / name):
            _rename(base / name, new / name)
        if os.path.lexists(old / name):
            _rename(old / name, base / name)
    (base / STAGE / _PLAN).unlink()


def _rename(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def _read_plan(stage: Path) -> dict[str, _Change]:
    """Read a plan, and make sure that all it says stays in the folder."""
    try:
        plan = json.loads(read_regular_file(stage / _PLAN, _LIMIT, "a plan"))
        if plan["schema_version"] != 1:
            raise ValueError
        changes = {name: _Change(*hashes) for name, hashes in plan["files"].items()}
    except (CnnvizError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _strange(stage, f"{_PLAN} is not a plan of this version") from error
    for name, change in changes.items():
        parts = name.replace(os.sep, "/").split("/")
        if any(part in ("", ".", "..", STAGE) or "\0" in part for part in parts) or PurePosixPath(name).is_absolute():
            raise _strange(stage, f"its plan leads to {show_path(name)}")
        if not all(hash is None or isinstance(hash, str) for hash in change):
            raise _strange(stage, f"{_PLAN} is not a plan of this version")
    return changes


def _check_stage(base: Path, is_kind: Callable[[str], bool]) -> None:
    """Make sure that there is nothing in the stage but what a replacement puts there."""
    stage = base / STAGE
    check_way(base, f"{STAGE}/{_PLAN}")
    with output_errors(stage), os.scandir(stage) as entries:
        for entry in entries:
            if entry.name in (_NEW, _OLD):
                check_way(stage, f"{entry.name}/")
            elif not entry.is_file(follow_symlinks=False) or not (
                entry.name in (_PLAN, _DONE) or entry.name.endswith(".cnnviz-tmp")
            ):
                raise _strange(stage, f"{show_path(entry.name)} is in it")
    for part in (_NEW, _OLD):
        for name in _files(stage / part):
            if not is_kind(name) or (stage / part / name).is_symlink():
                raise _strange(stage, f"{show_path(f'{part}/{name}')} is in it")


def _files(folder: Path) -> Iterator[str]:
    """List all that is no folder below a folder, relative to it."""

    def fail(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise OutputError(f"cannot list {show_path(error.filename)}: {error.strerror}") from error

    for where, folders, files in os.walk(folder, onerror=fail):
        links = [name for name in folders if (Path(where) / name).is_symlink()]
        for name in sorted(files + links):
            yield (Path(where) / name).relative_to(folder).as_posix()


def _check_state(base: Path, name: str, change: _Change) -> None:
    """Make sure that a file is where a replacement can have left it, and is the one that the plan means."""
    stage = base / STAGE
    here, new, old = (_hash(root, name) for root in (base, stage / _NEW, stage / _OLD))
    if (
        here not in (None, *change)
        or new not in (None, change.after)
        or old not in (None, change.before)
        or (change.after is not None and change.after not in (here, new))
        or (change.before is not None and change.before not in (here, old))
    ):
        raise _strange(stage, f"{show_path(base / name)} is not what its plan says")


def _strange(stage: Path, reason: str) -> OutputError:
    return OutputError(
        f"{show_path(stage)} is not what a run of `cnnviz accept` that was broken off leaves: {reason}; look at it, "
        "and move it away"
    )


def _hash(base: Path, name: str) -> str | None:
    """Hash a file; None if there is none.

    Raises:
        OutputError: If it is no regular file, or a link is on the way to it.
    """
    check_way(base, name)
    path = base / name
    if not os.path.lexists(path):
        return None
    if path.is_symlink():
        raise OutputError(f"{show_path(path)}: a symbolic link is in the way, which cnnviz did not make; move it")
    digest = hashlib.sha256()
    with open_regular(path, OutputError) as descriptor:
        while block := os.read(descriptor, 2**20):
            digest.update(block)
    return digest.hexdigest()


def _clear(base: Path, changes: Mapping[str, _Change]) -> None:
    """Take the stage away, what says that it is done last, and the folders that are empty now."""
    stage = base / STAGE
    for part in (_NEW, _OLD, ""):
        shutil.rmtree(stage / part, ignore_errors=True)
    for name, change in changes.items():
        if change.after is None:
            _remove_empty_parents(base, name)


def _remove_empty_parents(folder: Path, name: str) -> None:
    with contextlib.suppress(OSError):
        for parent in (folder / name).parents:
            if parent == folder:
                return
            parent.rmdir()


def _flush_folders(base: Path, names: Iterable[str]) -> None:
    """Wait until the names of files are on the disk, those of new folders too."""
    if os.name == "posix":
        folders = {parent for name in names for parent in PurePosixPath(name).parents}
        _flush_all(base / folder for folder in folders)


def _flush_all(paths: Iterable[Path]) -> None:
    """Wait until files or folders are on the disk."""
    todo = list(paths)
    threads = _FLUSHERS if len(todo) >= _FLUSHERS else 1
    for _ in map_in_order(flush, todo, threads, len(todo)):
        pass


def missing_parents(folder: AnyPath) -> list[Path]:
    """List the folders that would have to be made for a folder to exist, itself included, the deepest first."""
    path = Path(os.path.abspath(folder))  # noqa: PTH100 (`resolve` would follow links)
    missing = []
    while not os.path.lexists(path):
        missing.append(path)
        path = path.parent
    return missing
