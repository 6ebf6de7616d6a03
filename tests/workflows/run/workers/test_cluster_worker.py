"""What a worker of a cluster does, without a cluster."""

from __future__ import annotations

import asyncio
import os
import pickle
from pathlib import Path

import pytest
from msgspec.structs import replace

from cnnviz import __version__
from cnnviz.config.switches import Switches
from cnnviz.errors import ConfigError, UsageError, WeightsError
from cnnviz.outputs.inputs import resolve
from cnnviz.outputs.sources import Source
from cnnviz.workflows.prepare.request import RunRequest, StackRequest
from cnnviz.workflows.run.job import ImageResult, Job
from cnnviz.workflows.run.workers import cluster_worker
from tests.helpers.commands import STACK, files, picture


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cluster_worker, "_ready", {})
    monkeypatch.setattr(cluster_worker, "_stopped", set())
    (tmp_path / "stack.yaml").write_text(STACK)
    for number in range(3):
        picture(tmp_path / f"in/{number}.png", number)
    return tmp_path


def job(output: str, **stack: object) -> Job:
    return Job(RunRequest(StackRequest(**{"config": "stack.yaml", **stack}), output=output))


def elsewhere(packed: bytes, digest: str = "d", texts_of: list[Source] | None = None) -> list[ImageResult]:
    """Work as a worker does whose working folder is another one."""
    sources = [source.from_anywhere() for source in texts_of or resolve(["in"])]
    folder = Path.cwd()
    (folder / "there").mkdir(exist_ok=True)
    os.chdir(folder / "there")
    try:
        return cluster_worker.work(__version__, digest, packed, "run", sources)
    finally:
        os.chdir(folder)


def test_a_worker_elsewhere_writes_what_this_process_writes(here: Path) -> None:
    switches = Switches(kernel_sizes=("5",))
    expected = [job("a", switches=switches).run(source) for source in resolve(["in"])]
    packed = cluster_worker.pack(job("b", switches=switches), texts=False)
    (here / "stack.yaml").unlink()
    found = elsewhere(packed)
    assert [(x.file, x.folder, x.status) for x in found] == [(x.file, x.folder, x.status) for x in expected]
    assert files(here / "a") == files(here / "b")
    for name in files(here / "a"):
        assert (here / "a" / name).read_bytes() == (here / "b" / name).read_bytes(), name


def test_results_are_small_unless_texts_are_wanted() -> None:
    assert {x.text for x in elsewhere(cluster_worker.pack(job("a"), texts=False))} == {""}
    assert max(len(pickle.dumps(x)) for x in elsewhere(cluster_worker.pack(job("a"), texts=False))) < 400
    assert all(x.text for x in elsewhere(cluster_worker.pack(job("a"), texts=True), "other"))


def test_a_figure_is_fed_by_the_run_of_the_worker(here: Path) -> None:
    made = job("a")
    with_figure = Job(replace(made.request, figure=Path("all.svg")), made.preparation)
    packed = cluster_worker.pack(with_figure, texts=True)
    for status in ("ok", "up_to_date"):
        (result,) = elsewhere(packed, texts_of=resolve(["in/0.png"]))
        assert (result.status, [row.name for row in result.rows]) == (status, ["input", "conv", "act", "pool"])


def test_the_weights_file_travels(here: Path) -> None:
    made = job("a", seed=5)
    made.run(resolve(["in/0.png"])[0])
    made.preparation.network((16, 18, 1)).save_weights("w.h5")
    packed = cluster_worker.pack(job("b", weights=Path("w.h5")), texts=False)
    (here / "w.h5").unlink()
    assert [x.status for x in elsewhere(packed)] == ["ok"] * 3
    assert (here / "a/0/01_conv.png").read_bytes() == (here / "b/0/01_conv.png").read_bytes()


def test_mistakes_have_the_same_words_as_here(here: Path) -> None:
    made = job("a")
    made.preparation.network((16, 18, 1)).save_weights("w.h5")
    for options in ({"switches": Switches(kernel_sizes=("5",)), "weights": Path("w.h5")}, {"max_memory": 10}):
        mine = job("b", **options).run(resolve(["in/0.png"])[0])
        theirs = elsewhere(cluster_worker.pack(job("b", **options), texts=False), str(options))[0]
        assert mine.status == "failed"
        assert mine.message == theirs.message
    picture(here / "small/tiny.png", 0, 2, 2)
    sources = resolve(["small"])
    mine, theirs = job("b").run(sources[0]), elsewhere(cluster_worker.pack(job("b"), False), "s", sources)[0]
    assert mine.message == theirs.message
    assert "stack.yaml:4:" in mine.message


def test_weights_that_changed_meanwhile_are_not_sent(here: Path) -> None:
    made = job("a")
    made.preparation.network((16, 18, 1)).save_weights("w.h5")
    late = job("b", weights=Path("w.h5"))
    (here / "w.h5").write_bytes(b"other")
    with pytest.raises(WeightsError, match=r"w\.h5 has changed"):
        cluster_worker.pack(late, texts=False)


def test_another_version_is_refused() -> None:
    with pytest.raises(UsageError, match=r"has cnnviz .*, this is 0\.0\.0: install the same"):
        cluster_worker.work("0.0.0", "d", b"never read", "run", [])


def test_a_stopped_run_begins_no_more_images() -> None:
    packed = cluster_worker.pack(job("a"), texts=False)
    asyncio.run(cluster_worker.stop("run"))
    assert elsewhere(packed) == []
    assert not Path("a").exists()


def test_a_worker_keeps_a_few_requests_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    for digest in ("a", "b", "c", "c"):
        elsewhere(cluster_worker.pack(job("a"), texts=False), digest)
    assert list(cluster_worker._ready) == ["b", "c"]


def test_a_source_keeps_its_name_wherever_it_is_read() -> None:
    for source in (*resolve(["in"]), *resolve(["./in//0.png"]), *resolve(["in/../in/*.png"])):
        moved = source.from_anywhere()
        assert Path(moved.path).is_absolute()
        assert (moved.file, moved.label) == (source.file, source.label)


def test_a_stack_that_is_loaded_is_not_read_again(here: Path) -> None:
    first = job("a")
    (here / "stack.yaml").write_text("broken: [")
    again = Job(RunRequest(StackRequest(config=pickle.loads(pickle.dumps(first.preparation.loaded))), output="b"))
    assert again.stack == first.stack
    with pytest.raises(ConfigError, match=r"stack\.yaml:4"):
        again.preparation.nodes((2, 2, 1))


def test_a_bug_on_a_worker_comes_back_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unpicklable(Exception):
        def __reduce__(self) -> str:
            raise TypeError

    def broken(*_: object) -> None:
        raise Unpicklable("made up")

    monkeypatch.setattr(Job, "run", broken)
    with pytest.raises(RuntimeError, match=r"0\.png, on a worker: Traceback(.|\n)*made up") as caught:
        elsewhere(cluster_worker.pack(job("a"), texts=False))
    pickle.dumps(caught.value)
