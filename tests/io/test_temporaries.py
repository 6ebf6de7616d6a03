"""What is left behind goes, what somebody works at stays: held to real processes, and to systems without locks."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from cnnviz.io import temporaries
from cnnviz.io.files import whole_file
from cnnviz.io.hdf5.writing import write_weights
from cnnviz.io.temporaries import remove_stale_scratch, remove_stale_temporaries, scratch_folder
from tests.helpers.processes import wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs flock")

FILE = "from cnnviz.io.files import whole_file\nwith whole_file(sys.argv[1]) as file:\n    file.write(b'half')\n"
FOLDER = "from cnnviz.io.temporaries import scratch_folder\nwith scratch_folder() as path:\n    (path / 'x').mkdir()\n"
NEW_PIDS = ["unshare", "--pid", "--fork", "--map-root-user", "--kill-child"]
ELSEWHERE = "0" * 8


@contextmanager
def worker(code: str, *arguments: str, prefix: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    """Run a block in another process until its stdin ends, or it is killed."""
    code = f"import sys\n{code}    print(flush=True)\n    sys.stdin.read()\n"
    command = [*prefix, sys.executable, "-c", code, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_file_lives_as_long_as_who_writes_it(tmp_path: Path) -> None:
    with worker(FILE, str(tmp_path / "a.png")) as process:
        (live,) = names(tmp_path)
        assert (live[:7], live[-11:]) == (".a.png.", ".cnnviz-tmp")
        remove_stale_temporaries(tmp_path)
        assert names(tmp_path) == [live]
        process.kill()
        process.wait()
        assert names(tmp_path) == [live]
        remove_stale_temporaries(tmp_path)
        assert names(tmp_path) == []


def test_it_lives_in_another_namespace_of_processes_too(tmp_path: Path) -> None:
    if not shutil.which("unshare") or subprocess.run([*NEW_PIDS, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces here")
    sweep = "from cnnviz.io.temporaries import remove_stale_temporaries\nremove_stale_temporaries(sys.argv[1])\nif 1:\n"
    with worker(FILE, str(tmp_path / "a.png")), worker(FILE, str(tmp_path / "b.png"), prefix=tuple(NEW_PIDS)):
        live = names(tmp_path)
        assert len(live) == 2
        remove_stale_temporaries(tmp_path)
        with worker(sweep, str(tmp_path), prefix=tuple(NEW_PIDS)):
            assert names(tmp_path) == live
    # Who works in the other namespace ends, or is ended, a little later.
    wait_until(lambda: remove_stale_temporaries(tmp_path) or not set(names(tmp_path)) & set(live))


def test_a_scratch_folder_lives_as_long_as_who_made_it(scratch: Path) -> None:
    with worker(FOLDER) as process, scratch_folder() as mine:
        both = names(scratch)
        assert len(both) == 2
        remove_stale_scratch()
        assert names(scratch) == both
        process.kill()
        process.wait()
        with scratch_folder() as another:
            assert names(scratch) == sorted([mine.name, another.name])
    assert names(scratch) == []


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, OSError, FileNotFoundError])
def test_nothing_is_left_where_a_block_fails(scratch: Path, end: type[BaseException]) -> None:
    with pytest.raises(end), scratch_folder() as folder:
        (folder / "x").write_bytes(b"")
        raise end
    with pytest.raises(end), scratch_folder() as folder:
        folder.rmdir()
        raise end
    with pytest.raises((end, Exception)), whole_file(scratch / "a"):
        raise end
    assert names(scratch) == []


def test_files_of_this_process_stay_while_they_are_written(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a") as file:
        file.write(b"a")
        remove_stale_temporaries(tmp_path)
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"a"


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF])
def test_without_locks_a_day_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    import fcntl

    def no_locks(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    old = left_behind(tmp_path, temporaries._machine(), age=90_000)
    young = left_behind(tmp_path, temporaries._machine(), age=80_000)
    with whole_file(tmp_path / "a"):
        remove_stale_temporaries(tmp_path)
    assert (old.exists(), young.exists(), (tmp_path / "a").exists()) == (False, True, True)


def test_of_another_machine_whose_locks_are_perhaps_its_own_too(tmp_path: Path) -> None:
    old = left_behind(tmp_path, ELSEWHERE, age=90_000)
    young = left_behind(tmp_path, ELSEWHERE, age=80_000)
    remove_stale_temporaries(tmp_path)
    assert (old.exists(), young.exists()) == (False, True)


def test_what_only_looks_like_one_stays(tmp_path: Path) -> None:
    ours = left_behind(tmp_path, temporaries._machine(), age=0).name
    (tmp_path / "target").write_bytes(b"")
    (tmp_path / ours).unlink()
    (tmp_path / ours).symlink_to("target")
    (tmp_path / ours.replace(".a.", ".b.")).mkdir()
    os.mkfifo(tmp_path / ours.replace(".a.", ".c."))
    (tmp_path / ".a.1-2.tmp").write_bytes(b"")
    before = names(tmp_path)
    remove_stale_temporaries(tmp_path)
    remove_stale_temporaries(tmp_path / "missing")
    assert names(tmp_path) == before


def test_folders_that_only_look_like_scratch_stay(scratch: Path) -> None:
    with scratch_folder() as folder:
        ours = folder.name
    (scratch / "target").mkdir()
    (scratch / "target/x").write_bytes(b"")
    (scratch / ours).symlink_to("target")
    (scratch / "cnnviz-examples").mkdir()
    (scratch / f"{ours}.bak").mkdir()
    before = names(scratch)
    remove_stale_scratch()
    assert names(scratch) == before
    assert names(scratch / "target") == ["x"]


def test_one_that_is_removed_before_it_is_locked_is_made_anew(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def flock(descriptor: int, how: int, real=fcntl.flock, taken: list[str] = []) -> None:  # noqa: B006
        if len(taken) < 2:
            taken += names(scratch)
            path = scratch / taken[-1]
            path.rmdir() if path.is_dir() else path.unlink()
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with whole_file(scratch / "a") as file:
        file.write(b"a")
    assert (scratch / "a").read_bytes() == b"a"
    (scratch / "a").unlink()
    with scratch_folder() as folder:
        assert names(scratch) == [folder.name]


def left_behind(folder: Path, machine: str, age: float) -> Path:
    path = folder / f".a.{machine}{os.urandom(6).hex()}.cnnviz-tmp"
    path.write_bytes(b"")
    os.utime(path, (time.time() - age,) * 2)
    return path


def interrupted(work: Callable[[], None], moment: int) -> bool:
    """Do something and let Ctrl-C arrive before one of the instructions of `cnnviz.io`; False if there are fewer."""
    left = moment

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if "io" not in Path(frame.f_code.co_filename).parent.parts[-2:]:
            return None
        frame.f_trace_opcodes = True
        left -= event == "opcode"
        if left == 0:
            sys.settrace(None)
            signal.raise_signal(signal.SIGINT)
            return None
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return left == 0


def write(folder: Path) -> None:
    with whole_file(folder / "a.png") as file:
        file.write(b"whole")


def write_hdf5(folder: Path) -> None:
    write_weights(folder / "a.png", {"conv": {"bias": np.zeros(3, np.float32)}}, ["conv"], durable=True)


def use_scratch(folder: Path) -> None:
    with scratch_folder() as path:
        (path / "x").mkdir()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # an iterator over files is not closed
@pytest.mark.parametrize(("work", "step"), [(write, 1), (write_hdf5, 61), (use_scratch, 2)])
def test_ctrl_c_at_any_moment_leaves_nothing_behind(scratch: Path, work: Callable[[Path], None], step: int) -> None:
    moment = 1
    while interrupted(lambda: work(scratch), moment):
        gc.collect(0)
        assert names(scratch) in ([], ["a.png"]), moment
        (scratch / "a.png").unlink(missing_ok=True)
        moment += step
    assert moment > 100
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
