"""Stores that fail: whatever they raise, and wherever, it ends in a message, and nothing of anyone's is overwritten."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.io import temporaries
from cnnviz.io.urls import UrlFiles
from tests.helpers.commands import Outcome, files, picture

fsspec = pytest.importorskip("fsspec")

Invoke = Callable[..., Outcome]
OPERATIONS = ("info", "ls", "find", "cat_file", "pipe_file", "put_file", "get_file", "rm_file", "size")


class Unavailable(Exception):
    """What libraries of stores raise is often no OSError."""


ERRORS = [
    Unavailable("Unable to locate credentials"),
    Unavailable(""),
    FileNotFoundError("The specified bucket does not exist"),
    PermissionError("Forbidden"),
    OSError(5, "Input/output error"),
    OSError("[Errno 22] odd"),
    TimeoutError(),
    ConnectionError("no network"),
    KeyError("Contents"),
    ValueError("Invalid endpoint: x"),
    NotImplementedError(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type:
    """The class behind `memory://`, empty, with a picture at `memory://in/a.png`."""
    system = fsspec.filesystem("memory")
    monkeypatch.setattr(type(system), "store", {})
    monkeypatch.setattr(type(system), "pseudo_dirs", [""])
    picture(tmp_path / "a.png")
    system.pipe_file("/in/a.png", (tmp_path / "a.png").read_bytes())
    return type(system)


@pytest.mark.parametrize(
    ("error", "operation"),
    [
        pytest.param(error, operation, marks=[] if index % 9 == at else pytest.mark.faults)
        for index, error in enumerate(ERRORS)
        for at, operation in enumerate(OPERATIONS)
    ],
)
def test_any_error_at_any_operation_is_a_message(
    cnnviz: Invoke, store: type, monkeypatch: pytest.MonkeyPatch, operation: str, error: Exception
) -> None:
    real = getattr(store, operation)
    command = ("run", "memory://in", "-c", "stack.yaml", "--workers", 1, "-o", "memory://out", "--save-activations")
    for again in (False, True):  # what is there already is looked at, too
        for skipped in (0, 3):
            calls = []

            def fails(*args: object, **options: object) -> object:
                calls.append(1)  # noqa: B023
                if len(calls) > skipped:  # noqa: B023
                    raise error
                return real(*args, **options)

            with monkeypatch.context() as patch:
                patch.setattr(store, operation, fails)
                status, _, err = cnnviz(*command)
            assert "Traceback" not in err
            assert status in ((0, 2, 4) if isinstance(error, FileNotFoundError) or len(calls) <= skipped else (2, 4))
            if status:
                assert "cnnviz: error: " in err
        if not again:
            assert cnnviz(*command).status == 0


def test_a_store_that_does_not_answer_is_not_taken_for_an_empty_one(
    cnnviz: Invoke, store: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object, **__: object) -> None:
        raise Unavailable("no answer")

    monkeypatch.setattr(store, "info", silent)
    status, _, err = cnnviz("run", "memory://in/a.png", "-c", "stack.yaml")
    assert status == 2
    assert "no answer" in err
    status, _, err = cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "memory://out")
    assert status == 4
    assert "no answer" in err


@pytest.mark.parametrize("scheme", ["file", "local"])
def test_a_file_url_is_the_folder_that_it_means(cnnviz: Invoke, tmp_path: Path, scheme: str) -> None:
    picture(tmp_path / "in/a.png")
    picture(tmp_path / "in/b.png", 1)
    for output in ("plain", f"{scheme}://{tmp_path}/url"):
        assert cnnviz("run", "in", "-c", "stack.yaml", "--workers", 1, "-o", output).status == 0
    assert files(tmp_path / "url") == files(tmp_path / "plain") >= {"index.html", "weights.h5", "a/report.json"}
    for name in files(tmp_path / "plain") - {"environment.json"}:
        assert (tmp_path / "url" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes()
    (tmp_path / f"url/.weights.h5.{temporaries._machine()}{'0' * 12}.cnnviz-tmp").write_bytes(b"half")
    outcome = cnnviz("run", "in", "-c", "stack.yaml", "--workers", 1, "-o", f"{scheme}://{tmp_path}/url", "--jsonl")
    assert {json.loads(line)["status"] for line in outcome.out.splitlines()} == {"up_to_date"}
    assert files(tmp_path / "url") == files(tmp_path / "plain")


def test_copies_on_this_machine_go_even_after_a_kill(
    cnnviz: Invoke, store: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    left = scratch / f"cnnviz-{temporaries._machine()}{'0' * 12}"
    left.mkdir()
    (left / "file").write_bytes(b"half")
    command = ("run", "memory://in", "-c", "stack.yaml", "-o", "memory://out", "--save-activations")
    assert cnnviz(*command).status == 0
    assert not list(scratch.iterdir())

    def interrupted(*_: object, **__: object) -> None:
        assert len(list(scratch.iterdir())) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "put_file", interrupted)
    assert cnnviz(*command, "--force").status == 130
    assert not list(scratch.iterdir())


def test_keys_that_no_path_has_are_said(cnnviz: Invoke, store: type, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        {"name": "/in/a.png", "type": "file"},
        {"name": "/in//", "type": "directory"},
        {"name": "/in/..", "type": "directory"},
        {"name": "/in/", "type": "file"},
    ]
    monkeypatch.setattr(store, "ls", lambda self, path, **_: listed)
    assert [entry.name for entry in UrlFiles().entries("memory://in")] == ["", "..", "a.png"]
    status, _, err = cnnviz("run", "memory://in", "-c", "stack.yaml", "-o", "out")
    assert status == 0, err
    assert "passed over 2 names, such as memory://in/" in err
