from __future__ import annotations

import errno
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from cnnviz.errors import ImageError, OutputError
from cnnviz.io.files import (
    exclusive,
    make_folder,
    read_regular_file,
    show_path,
    whole_file,
    write_bytes,
)
from tests.helpers.rows import each

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")
not_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may do anything")


def test_writes_and_replaces(tmp_path):
    target = tmp_path / "a.bin"
    write_bytes(target, b"first")
    write_bytes(target, b"second", durable=True)
    assert target.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [target]


@posix
def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_bytes(tmp_path / "whole", b"")
    assert (tmp_path / "whole").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_failing_block_leaves_the_old_file_and_no_temporary(tmp_path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), whole_file(target) as temporary:
        assert Path(temporary.name).parent == tmp_path
        temporary.write(b"half")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@each(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EIO, "the disk reports an error"),
        (errno.EACCES, "permission denied"),
    ],
)
@each("step", ["open", "block", "replace"])
def test_errors_of_the_system_are_said_plainly(tmp_path, monkeypatch, number, reason, step):
    target = tmp_path / "a.bin"

    def fail(*args, **options):
        raise OSError(number, os.strerror(number))

    if step == "block":
        with pytest.raises(OutputError) as raised, whole_file(target) as temporary:
            temporary.write(b"half")
            fail()
    else:
        monkeypatch.setattr(Path if step == "open" else os, step, fail)
        with pytest.raises(OutputError) as raised:
            write_bytes(target, b"data")
    assert str(raised.value) == f"cannot write {target}: {reason}"
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_full_disk_for_real():
    with pytest.raises(OutputError, match="cannot write /dev/full/x: a part of the path is not a folder"):
        write_bytes("/dev/full/x", b"data")


def test_folders_and_names_in_the_way(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        write_bytes(tmp_path / "folder", b"")
    with pytest.raises(OutputError, match="not a folder"):
        write_bytes(tmp_path / "file" / "below", b"")
    with pytest.raises(OutputError, match=r"cannot write .*below: the folder .*missing does not exist"):
        write_bytes(tmp_path / "missing" / "below", b"")
    with pytest.raises(OutputError, match="the name is too long"):
        write_bytes(tmp_path / ("x" * 300), b"")
    with pytest.raises(OutputError, match="a file is in the way"):
        make_folder(tmp_path / "file")
    with pytest.raises(OutputError, match="not a folder"):
        make_folder(tmp_path / "file" / "below")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@posix
@each("name", ["x" * 255, "ü" * 127, "-rf", "a\nb", " ", "..x", os.fsdecode(b"\xff\xfe")])
def test_odd_names(tmp_path, name):
    write_bytes(tmp_path / name, b"data")
    assert (tmp_path / name).read_bytes() == b"data"


@not_root
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="permission denied"):
            write_bytes(tmp_path / "a", b"")
    finally:
        tmp_path.chmod(0o700)


def test_reads_regular_files_up_to_the_limit(tmp_path):
    target = tmp_path / "a"
    target.write_bytes(b"12345")
    assert read_regular_file(target, 5, "a picture") == b"12345"
    with pytest.raises(ImageError, match="is larger than 4 bytes, too large for a picture"):
        read_regular_file(target, 4, "a picture", ImageError)
    with pytest.raises(ImageError, match="it does not exist"):
        read_regular_file(tmp_path / "missing", 4, "a picture", ImageError)
    with pytest.raises(ImageError, match="cannot read"):
        read_regular_file("a\0b", 4, "a picture", ImageError)


@posix
def test_reads_nothing_but_regular_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImageError, match="it is a pipe, not a regular file"):
        read_regular_file(tmp_path / "pipe", 4, "a picture", ImageError)
    with pytest.raises(ImageError, match="it is a folder, not a regular file"):
        read_regular_file(tmp_path, 4, "a picture", ImageError)
    with pytest.raises(ImageError, match="it is a device, not a regular file"):
        read_regular_file("/dev/zero", 4, "a picture", ImageError)
    import socket

    name = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(name))
        with pytest.raises(ImageError, match="socket"):
            read_regular_file(name, 4, "a picture", ImageError)


@posix
def test_a_file_that_says_it_is_empty_is_still_held_to_the_limit():
    if not Path("/proc/self/maps").exists():
        pytest.skip("needs /proc")
    with pytest.raises(ImageError, match="too large"):
        read_regular_file("/proc/self/maps", 100, "a picture", ImageError)


def _add_one(folder: str, times: int) -> None:
    for _ in range(times):
        with exclusive(folder) as path:
            counter = path / "n"
            value = int(counter.read_text()) if counter.exists() else 0
            time.sleep(0.001)
            counter.write_text(str(value + 1))


@posix
def test_processes_take_turns_and_leave_no_lock(tmp_path):
    folder = tmp_path / "new" / "folder"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add_one, args=(str(folder), 20)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert (folder / "n").read_text() == "40"
    assert [path.name for path in folder.iterdir()] == ["n"]


@posix
def test_a_folder_removed_by_its_holder_is_made_anew(tmp_path):
    import threading

    folder = tmp_path / "x"
    waiting = threading.Event()
    done = []

    def second():
        waiting.set()
        with exclusive(folder):
            done.append(folder.stat().st_ino)

    with exclusive(folder):
        thread = threading.Thread(target=second)
        thread.start()
        waiting.wait()
        time.sleep(0.05)
        assert not done
        folder.rmdir()
    thread.join()
    assert done == [folder.stat().st_ino]


def test_exclusive_needs_a_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="a file is in the way"), exclusive(tmp_path / "file"):
        pass


def test_shown_paths_stay_on_one_line():
    assert show_path("photos/cat 1 ü.png") == "photos/cat 1 ü.png"
    assert show_path("a\nb\x1b[31m\u202e") == r"a\nb\x1b[31m\u202e"
    show_path(os.fsdecode(b"\xff")).encode()
