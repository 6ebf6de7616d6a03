"""Files that a user names one by one: replaced if they are cnnviz's; links stay, and nothing else is ever replaced."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import cnnviz as public
from cnnviz.errors import OutputError
from cnnviz.render.kit.figures import check_figure, encode_figure
from tests.helpers.commands import Outcome
from tests.helpers.training_data import STACK, write_npz

Invoke = Callable[..., Outcome]

EXPLAIN = "explain photo.png -c stack.yaml --layer conv --at 0,0 --channel 0 --figure"
TRAIN = "train -c tiny.yaml --data data.npz --epochs 1"
EVALUATE = "evaluate -c tiny.yaml --weights tiny.h5 --data data.npz"
WRITERS = {
    "compare base now --report": "x.html",
    "compare base now --junit": "x.xml",
    "run photo.png -c stack.yaml -o out --figure": "x.png",
    "sweep photo.png -c stack.yaml -o swept --activation relu,tanh --figure": "x.svg",
    EXPLAIN: "x.pdf",
    "animate photo.png -c stack.yaml --layer conv --size 400 --frames 2 -o": "x.gif",
    f"{EVALUATE} --show": "x.png",
    f"{EVALUATE} --confusion": "x.svg",
    f"{TRAIN} -o": "x.h5",
    f"{TRAIN} -o w.h5 --history": "x.json",
    f"{TRAIN} -o w.h5 --curves": "x.png",
    f"{TRAIN} -o w.h5 --watch photo.png --layer conv --watch-output": "x.webp",
}
OTHERS = [command for command, name in WRITERS.items() if not name.endswith((".png", ".svg", ".webp"))]
"""One of those that draw figures is enough: they take seconds, and one way."""


@pytest.fixture
def ready(cnnviz: Invoke, two: Path, tmp_path: Path) -> Invoke:
    """Make what the commands read."""
    (tmp_path / "tiny.yaml").write_text(STACK)
    write_npz(tmp_path / "data.npz")
    public.load_stack("tiny.yaml").build((6, 6, 1)).save_weights("tiny.h5")
    return cnnviz


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
@pytest.mark.parametrize(("command", "name"), WRITERS.items())
def test_what_is_not_cnnvizs_is_never_replaced(ready: Invoke, tmp_path: Path, command: str, name: str) -> None:
    target, other = tmp_path / name, tmp_path / "other"
    other.write_bytes(b"mine")
    plants: list[Callable[[], object]] = [
        lambda: os.mkfifo(target),
        target.mkdir,
        lambda: target.symlink_to("nowhere"),
        lambda: target.symlink_to(target),
        lambda: target.symlink_to("/dev/null"),
        lambda: target.symlink_to("/dev/stdout"),
        lambda: target.symlink_to(other),
        lambda: target.write_bytes(b"mine"),
    ]
    for plant in plants:
        plant()
        before = os.lstat(target)
        outcome = ready(*command.split(), name)
        assert outcome.status == 4, outcome.err
        assert name in outcome.err and outcome.out == ""
        after = os.lstat(target)
        assert (after.st_ino, after.st_mtime_ns, after.st_mode) == (before.st_ino, before.st_mtime_ns, before.st_mode)
        assert other.read_bytes() == b"mine"
        target.rmdir() if stat.S_ISDIR(after.st_mode) else target.unlink()


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize(
    "command", [pytest.param(name, marks=pytest.mark.slow if name == EXPLAIN else []) for name in OTHERS]
)
def test_cnnvizs_own_is_replaced_where_a_link_leads(ready: Invoke, tmp_path: Path, command: str) -> None:
    name = WRITERS[command]
    place = tmp_path / "elsewhere/file"
    place.parent.mkdir()
    place.touch()  # an empty one has nothing to lose: mktemp makes it
    (tmp_path / name).symlink_to(place)
    assert ready(*command.split(), name).status in (0, 1)
    first = place.read_bytes()
    assert first
    place.write_bytes(first + b"\n")
    assert ready(*command.split(), name).status in (0, 1)
    assert place.read_bytes() == first
    assert (tmp_path / name).is_symlink()
    assert [path.name for path in place.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_figure_is_known_for_cnnvizs(tmp_path: Path, suffix: str) -> None:
    from matplotlib.figure import Figure

    path = tmp_path / f"x{suffix}"
    path.write_bytes(encode_figure(lambda: Figure(figsize=(1, 1)), suffix))
    check_figure(path)
    Figure(figsize=(1, 1)).savefig(path)
    with pytest.raises(OutputError, match="did not write is in the way"):
        check_figure(path)


@pytest.mark.parametrize(
    "command",
    [
        "compare base now --report x --junit ./x",
        f"{EVALUATE} --show x.png --confusion x.png",
        f"{TRAIN} -o x.h5 --history x.h5",
        f"{TRAIN} -o x.h5 --history x.checkpoint.h5",
    ],
)
def test_two_files_of_one_name_are_refused(ready: Invoke, tmp_path: Path, command: str) -> None:
    outcome = ready(*command.split())
    assert outcome.status == 2
    assert "name the same file" in outcome.err
    assert not list(tmp_path.glob("x*"))


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_a_starter_file_goes_nowhere_else(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to("nowhere.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    for name in ("link.yaml", "pipe.yaml", "/dev/null", "/dev/stdout"):
        for force in ((), ("--force",)):
            assert cnnviz("init", name, *force).status == 4
    assert (tmp_path / "link.yaml").is_symlink()
    assert cnnviz("init", "stack2.yaml").status == 0
    (tmp_path / "again.yaml").symlink_to("stack2.yaml")
    assert cnnviz("init", "again.yaml").status == 4
    assert cnnviz("init", "again.yaml", "--force").status == 0
    assert (tmp_path / "again.yaml").is_symlink()
