"""A run of one image, from Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from cnnviz.io.images import read_image
from cnnviz.outputs.inputs import resolve
from cnnviz.stack.network import Network
from cnnviz.workflows.prepare import input_image
from cnnviz.workflows.prepare.request import RunRequest, StackRequest
from cnnviz.workflows.run.job import Job
from cnnviz.workflows.run.run import run_images
from tests.helpers.commands import STACK, picture


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stack.yaml").write_text(STACK)
    picture(tmp_path / "photo.png")
    return Job(RunRequest(StackRequest(config="stack.yaml"), output="out"))


def test_a_run_leaves_the_request_as_it_was(job: Job) -> None:
    request = job.request
    assert [result.status for result in run_images(job, resolve(["photo.png"]))] == ["ok"]
    assert job.request is request and request.html is None
    assert Path("out/photo/index.html").exists()


def test_a_figure_is_fed_by_the_run(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    walk = Network.walk
    monkeypatch.setattr(input_image, "read_image", lambda *given: (done.append("read"), read_image(*given))[1])
    monkeypatch.setattr(Network, "walk", lambda *given: (done.append("walk"), walk(*given))[1])
    for status in ("ok", "up_to_date"):
        done.clear()
        job = Job(replace(job.request, figure=Path(f"{status}.png")))
        found = [result.status for result in run_images(job, resolve(["photo.png"]))]
        assert found == [status]
        assert done == ["read", "walk"]
    assert Path("ok.png").read_bytes() == Path("up_to_date.png").read_bytes()
