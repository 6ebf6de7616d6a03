"""How a replacement of many files goes on or back, from wherever it stands.

Old files are renamed out of the way, new ones into place. What a name's file was and what it becomes stands in a plan
by hashes, so that where each file lies says how far it came. Renaming the plan ends it.

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

from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.files import AnyPath, flush, open_regular, output_errors, read_regular_file, show_path
from cnnviz.io.signals import held_signals
from cnnviz.io.threads import map_in_order
from cnnviz.outputs.parent_folders import check_parent_folders

STAGE = ".cnnviz-accept"
PLAN, DONE, NEW, OLD = "plan.json", "done.json", "new", "old"
_FLUSHERS = 16
"""Threads that wait for the disk: it does many flushes in the time of one."""

_LIMIT = 2**28
"""Bytes of the largest plan: two million files."""


class Change(NamedTuple):
    """What becomes of a file: the hashes of its contents; None for no file."""

    before: str | None
    after: str | None


def has_stage(folder: AnyPath) -> bool:
    """Whether a folder holds what a replacement staged, or what is named as that."""
    return os.path.lexists(Path(folder) / STAGE)


def is_unfinished(folder: AnyPath) -> bool:
    """Whether a replacement was broken off in a folder after it began to count."""
    return os.path.lexists(Path(folder) / STAGE / PLAN)


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
        if not os.path.lexists(stage / DONE) and (left := next(_files(stage / OLD), None)):
            raise _strange(stage, f"there is {show_path(left)} of the folder in it, and no plan")
        clear(base, {})
        return False
    for name, change in changes.items():
        if not is_kind(name):
            raise _strange(stage, f"its plan speaks of {show_path(name)}, which cnnviz does not write")
        _check_state(base, name, change)
    with held_signals():
        with output_errors(base):
            go_on(base, changes)
        clear(base, changes)
    return True


def go_on(base: Path, changes: Mapping[str, Change]) -> None:
    """Rename old files out of the way and new ones into place, from wherever it stands; then it is done."""
    new, old = base / STAGE / NEW, base / STAGE / OLD
    with output_errors(base):
        for name, change in changes.items():
            if change.after is None or os.path.lexists(new / name):
                if os.path.lexists(base / name):
                    _rename(base / name, old / name)
                if change.after is not None:
                    _rename(new / name, base / name)
        flush_folders(base, [name for name, change in changes.items() if change.after is not None])
        (base / STAGE / PLAN).replace(base / STAGE / DONE)


def go_back(base: Path, changes: Mapping[str, Change]) -> None:
    """Rename new files out of the way and old ones back, from wherever it stands; then nothing counts any more."""
    new, old = base / STAGE / NEW, base / STAGE / OLD
    for name, change in changes.items():
        if change.after is not None and os.path.lexists(base / name) and not os.path.lexists(new / name):
            _rename(base / name, new / name)
        if os.path.lexists(old / name):
            _rename(old / name, base / name)
    (base / STAGE / PLAN).unlink()


def _rename(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def _read_plan(stage: Path) -> dict[str, Change]:
    """Read a plan, and make sure that all it says stays in the folder."""
    try:
        plan = json.loads(read_regular_file(stage / PLAN, _LIMIT, "a plan"))
        if plan["schema_version"] != 1:
            raise ValueError
        changes = {name: Change(*hashes) for name, hashes in plan["files"].items()}
    except (CnnvizError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _strange(stage, f"{PLAN} is not a plan of this version") from error
    for name, change in changes.items():
        parts = name.replace(os.sep, "/").split("/")
        if any(part in ("", ".", "..", STAGE) or "\0" in part for part in parts) or PurePosixPath(name).is_absolute():
            raise _strange(stage, f"its plan leads to {show_path(name)}")
        if not all(hash is None or isinstance(hash, str) for hash in change):
            raise _strange(stage, f"{PLAN} is not a plan of this version")
    return changes


def _check_stage(base: Path, is_kind: Callable[[str], bool]) -> None:
    """Make sure that there is nothing in the stage but what a replacement puts there."""
    stage = base / STAGE
    check_parent_folders(base, f"{STAGE}/{PLAN}")
    with output_errors(stage), os.scandir(stage) as entries:
        for entry in entries:
            if entry.name in (NEW, OLD):
                check_parent_folders(stage, f"{entry.name}/")
            elif not entry.is_file(follow_symlinks=False) or not (
                entry.name in (PLAN, DONE) or entry.name.endswith(".cnnviz-tmp")
            ):
                raise _strange(stage, f"{show_path(entry.name)} is in it")
    for part in (NEW, OLD):
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


def _check_state(base: Path, name: str, change: Change) -> None:
    """Make sure that a file is where a replacement can have left it, and is the one that the plan means."""
    stage = base / STAGE
    here, new, old = (hash_file(root, name) for root in (base, stage / NEW, stage / OLD))
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


def hash_file(base: Path, name: str) -> str | None:
    """Hash a file; None if there is none.

    Raises:
        OutputError: If it is no regular file, or a link is on the way to it.
    """
    check_parent_folders(base, name)
    path = base / name
    if not os.path.lexists(path):
        return None
    if path.is_symlink():
        raise OutputError(f"{show_path(path)}: a symbolic link is in the way, which cnnviz did not make; move it")
    with open_regular(path, OutputError) as descriptor, open(descriptor, "rb", closefd=False) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def clear(base: Path, changes: Mapping[str, Change]) -> None:
    """Take the stage away, what says that it is done last, and the folders that are empty now."""
    stage = base / STAGE
    for part in (NEW, OLD, ""):
        shutil.rmtree(stage / part, ignore_errors=True)
    for name, change in changes.items():
        if change.after is None:
            remove_empty_parents(base, name)


def remove_empty_parents(folder: Path, name: str) -> None:
    """Remove the folders between a folder and a file that was in it, as far as they are empty."""
    with contextlib.suppress(OSError):
        for parent in (folder / name).parents:
            if parent == folder:
                return
            parent.rmdir()


def flush_folders(base: Path, names: Iterable[str]) -> None:
    """Wait until the names of files are on the disk, those of new folders too."""
    if os.name == "posix":
        folders = {parent for name in names for parent in PurePosixPath(name).parents}
        flush_all(base / folder for folder in folders)


def flush_all(paths: Iterable[Path]) -> None:
    """Wait until files or folders are on the disk."""
    todo = list(paths)
    threads = _FLUSHERS if len(todo) >= _FLUSHERS else 1
    for _ in map_in_order(flush, todo, threads, len(todo)):
        pass
