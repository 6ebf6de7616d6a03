"""URLs as inputs and outputs, held to what the same command does on a disk; `memory://` is in this process alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cnnviz.errors import OutputError, UsageError
from cnnviz.io.urls import UrlFiles, UrlFolder, is_url
from cnnviz.outputs.folders import DiskFolder, to_folder
from tests.helpers.commands import Outcome, files, picture

fsspec = pytest.importorskip("fsspec")

Invoke = Callable[..., Outcome]


@pytest.fixture
def memory() -> Iterator[dict[str, bytes]]:
    """The store behind `memory://`, empty before and after."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system.store
    system.store.clear()
    del system.pseudo_dirs[1:]


@pytest.fixture
def photos(memory: dict[str, bytes], tmp_path: Path) -> Path:
    """Pictures on the disk and, the same, at `memory://photos`."""
    folder = tmp_path / "photos"
    for number, name in enumerate(["a.png", "deep/b.png", "deep/.hidden.png", "old/x/00_input.png", "c#d e.png"]):
        picture(folder / name, number)
    (folder / "old/environment.json").write_text('{"schema_version": 1, "cnnviz": "0", "python": "3"}')
    (folder / "notes.txt").write_text("no picture")
    for path in folder.rglob("*"):
        if path.is_file():
            fsspec.filesystem("memory").pipe_file(f"/photos/{path.relative_to(folder)}", path.read_bytes())
    return folder


def stored(prefix: str) -> dict[str, bytes]:
    system = fsspec.filesystem("memory")
    return {name[len(prefix) + 1 :]: system.cat_file(name) for name in system.find(prefix)}


def on_disk(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://bucket/x", True),
        ("memory://x", True),
        ("simplecache::s3://x", False),
        ("sample:chelsea", False),
        ("C://x", False),
        ("./s3://x", False),
        ("photos", False),
    ],
)
def test_what_is_a_url(text: str, expected: bool) -> None:
    assert is_url(text) is expected


@pytest.mark.parametrize("wanted", ["photos", "photos/", "photos/**/*.png", "photos/a.png", "photos/deep"])
def test_urls_find_what_paths_find(cnnviz: Invoke, photos: Path, monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.chdir(photos.parent)
    seen = {}
    for place in ("", "memory://"):
        options = ("-c", "stack.yaml", "-o", f"{place}out", "--workers", 1, "--no-maps", "--jsonl")
        outcome = cnnviz("run", place + wanted, *options)
        assert outcome.status == 0, outcome.err
        lines = [json.loads(line) for line in outcome.out.splitlines()]
        seen[place] = [(line["file"], line["folder"], line["status"]) for line in lines]
    assert seen[""] == seen["memory://"]


def test_a_url_gets_the_bytes_that_a_disk_gets(cnnviz: Invoke, photos: Path, tmp_path: Path) -> None:
    options = ("-c", "stack.yaml", "--workers", 1, "--save-activations", "--kernels")
    assert cnnviz("run", "photos", *options, "-o", "out").status == 0
    status, _, err = cnnviz("run", "memory://photos", *options, "-o", "memory://made/out")
    assert status == 0, err
    assert "cnnviz index" in err
    expected, found = on_disk(tmp_path / "out"), stored("/made/out")
    assert set(found) == set(expected) - {"index.html"}
    assert not any("journal" in name for name in found)
    for name in set(found) - {"environment.json"}:
        assert found[name] == expected[name], name


def test_what_is_up_to_date_behind_a_url_is_left_alone(cnnviz: Invoke, memory: dict[str, bytes]) -> None:
    command = ("run", "photo.png", "-c", "stack.yaml", "-o", "memory://out", "--jsonl")
    assert json.loads(cnnviz(*command).out)["status"] == "ok"
    before = stored("/out")
    assert json.loads(cnnviz(*command).out)["status"] == "up_to_date"
    fsspec.filesystem("memory").pipe_file("/out/photo/01_conv.png", before["photo/01_conv.png"][:60])
    assert json.loads(cnnviz(*command).out)["status"] == "ok"
    assert stored("/out") == before
    assert json.loads(cnnviz(*command, "--no-maps").out)["status"] == "ok"
    assert set(stored("/out/photo")) == {name[6:] for name in before if name.count("/") == 1 and "photo" in name}


def test_a_foreign_object_is_never_overwritten(cnnviz: Invoke, memory: dict[str, bytes]) -> None:
    system = fsspec.filesystem("memory")
    for name in ("photo/01_conv.png", "weights.h5"):
        system.pipe_file(f"/out/{name}", b"somebody's")
        status, _, err = cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "memory://out")
        assert status == 4
        assert name in err
        assert system.cat_file(f"/out/{name}") == b"somebody's"
        system.rm("/out", recursive=True)


def test_failures_are_listed_behind_a_url_and_taken_away_again(cnnviz: Invoke, photos: Path) -> None:
    system = fsspec.filesystem("memory")
    good = system.cat_file("/photos/a.png")
    system.pipe_file("/photos/a.png", good[:60])
    command = ("run", "memory://photos", "memory://photo.png", "-c", "stack.yaml", "-o", "memory://out", "--workers", 1)
    system.pipe_file("/photo.png", good)
    assert cnnviz(*command).status == 3
    assert json.loads(system.cat_file("/out/failures.jsonl"))["file"] == "a.png"
    system.pipe_file("/photos/a.png", good)
    assert cnnviz(*command).status == 0
    assert not system.exists("/out/failures.jsonl")


def test_a_list_may_mix_paths_and_urls(cnnviz: Invoke, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("photos/a.png\nmemory://photos/deep/b.png\nmemory://photos/missing.png\n")
    status, out, _ = cnnviz("run", "--files-from", "list", "-c", "stack.yaml", "-o", "out", "--workers", 1)
    assert status == 3
    assert [line.split()[1] for line in out.splitlines()] == ["photos/a", "b", "missing.png:"]
    assert "cannot read missing.png: it does not exist" in out


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["memory://nosuch/x.png"], "does not exist"),
        (["memory://photos/*.gif"], "no image found"),
        (["nosuchstore://x/y.png"], "nosuchstore"),
    ],
)
def test_bad_urls_are_a_message(cnnviz: Invoke, photos: Path, inputs: list[str], message: str) -> None:
    status, _, err = cnnviz("run", *inputs, "-c", "stack.yaml")
    assert (status, "Traceback" in err) == (2, False)
    assert message in err


@pytest.mark.parametrize(("scheme", "install"), [("s3", "'cnnviz[s3]'"), ("gs", "'cnnviz[gs]'"), ("memory", "fsspec")])
def test_a_missing_package_is_named_with_the_line_that_installs_it(
    cnnviz: Invoke, monkeypatch: pytest.MonkeyPatch, scheme: str, install: str
) -> None:
    for name in ("fsspec", "fsspec.core", "s3fs", "gcsfs"):
        monkeypatch.setitem(sys.modules, name, None)
    status, _, err = cnnviz("run", f"{scheme}://bucket/x.png", "-c", "stack.yaml")
    assert status == 2
    assert f"pip install {install}" in err


def test_a_store_that_refuses_is_an_error_of_the_output(
    cnnviz: Invoke, memory: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refused(Exception):
        """Not an OSError: stores raise what their own libraries have."""

    def refuse(*_: object, **__: object) -> None:
        raise Refused("An error occurred (AccessDenied)\nwhen calling PutObject")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "pipe_file", refuse)
    status, _, err = cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "memory://out")
    assert status == 4
    assert "memory://out/photo/.cnnviz-journal.json: An error occurred (AccessDenied) when calling PutObject" in err


def test_a_picture_that_is_too_large_is_not_read(photos: Path) -> None:
    with pytest.raises(UsageError, match=r"larger than 10 bytes"):
        UrlFiles().read("memory://photos/a.png", 10, "a picture", UsageError)


def test_paths_never_meet_a_url() -> None:
    assert isinstance(to_folder("a://b"), DiskFolder)
    assert isinstance(to_folder("out"), DiskFolder)
    assert isinstance(to_folder("memory://out"), UrlFolder)


def test_what_is_missing_is_told_from_what_cannot_be_read(
    memory: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = UrlFolder("memory://out")
    with pytest.raises(FileNotFoundError):
        folder.read("x")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "cat_file", refuse)
    with pytest.raises(OutputError, match="cannot read memory://out/x: permission denied"):
        folder.read("x")


@pytest.mark.parametrize("method", ["find", "pipe_file", "put_file"])
def test_a_bucket_that_is_not_there_is_an_error_of_the_output(
    cnnviz: Invoke, memory: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError("The specified bucket does not exist")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), method, missing)
    status, _, err = cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "memory://nosuch/out")
    assert (status, "Traceback" in err) == (4, False)
    assert "memory://nosuch/out" in err
