"""The switches that choose where images run, without a cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.commands import Outcome, picture

Invoke = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scheduler", "tcp://x:1"], "are for --engine dask"),
        (["--scheduler-file", "x.json"], "are for --engine dask"),
        (["--engine", "dask", "--scheduler", "tcp://x:1", "--scheduler-file", "x.json"], "choose one"),
        (["--engine", "dask", "--scheduler", "tcp://x:1", "--workers", "2"], "--workers is for this machine"),
        (["--engine", "spark"], "dask"),
    ],
)
def test_switches_that_do_not_go_together(cnnviz: Invoke, tmp_path: Path, options: list[str], message: str) -> None:
    status, _, err = cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", *options)
    assert status == 2
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_missing_dask_is_named_with_the_line_that_installs_it(
    cnnviz: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    monkeypatch.delitem(sys.modules, "cnnviz.workflows.run.workers.cluster", raising=False)
    status, _, err = cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--engine", "dask")
    assert status == 2
    assert "pip install 'cnnviz[dask]'" in err
    assert not (tmp_path / "out").exists()


def test_a_plain_run_loads_neither_dask_nor_fsspec(cnnviz: Invoke) -> None:
    before = set(sys.modules)
    assert cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out").status == 0
    new = {name.partition(".")[0] for name in set(sys.modules) - before}
    assert not new & {"dask", "distributed", "fsspec"}
    assert "cnnviz.io.urls" not in set(sys.modules) - before


@pytest.mark.slow
def test_exemplars_on_a_cluster_are_those_of_this_machine(cnnviz: Invoke, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="needs cnnviz[dask]")
    for number in range(5):
        picture(tmp_path / f"many/{number}.png", number)
    arguments = ("exemplars", "many", "-c", "stack.yaml", "--layer", "pool", "--workers", 2)
    assert cnnviz(*arguments, "-o", "here").status == 0
    assert cnnviz(*arguments, "-o", "there", "--engine", "dask").status == 0
    for path in (tmp_path / "here").iterdir():
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes(), path.name
