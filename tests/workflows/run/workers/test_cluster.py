"""Images over a Dask cluster, for real: processes of the `dask` command on this machine, some of which get killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.helpers.commands import STACK, Outcome, files, picture

pytestmark = [
    pytest.mark.skipif(find_spec("distributed") is None, reason="needs Dask: pip install -e '.[dask]'"),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]

DASK = Path(sys.executable).with_name("dask")
IMAGES = 24

# What the workers of a test do beside their work. `DELAY` makes images last, just before they are complete: whoever is
# interrupted is interrupted while it writes. `kill.png` kills whoever takes it.
PRELOAD = """\
import os, signal, time
import cnnviz.workflows.prepare.input_image as input_image
from cnnviz.outputs.writing import OwnedFolder
from cnnviz.io.images import read_image as read  # not from `input_image`: Dask may run this file twice
def deadly(source, *rest):
    if str(source).endswith("kill.png"):
        os.kill(os.getpid(), signal.SIGKILL)
    return read(source, *rest)
def finish_slowly(self, *texts):
    time.sleep(float(os.environ.get("DELAY", "0")))
    return finish(self, *texts)
input_image.read_image = deadly
finish = getattr(OwnedFolder.finish, "original", OwnedFolder.finish)  # not the slow one, if Dask runs this file twice
finish_slowly.original = finish
OwnedFolder.finish = finish_slowly
"""


def environment(folder: Path, **more: str) -> dict[str, str]:
    (folder / "preload.py").write_text(PRELOAD)
    settings = {
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
        "DASK_DISTRIBUTED__WORKER__PRELOAD": str([str(folder / "preload.py")]),
        "DASK_TEMPORARY_DIRECTORY": str(folder / "scratch"),
        "NO_COLOR": "1",
    }
    return {**os.environ, **settings, **more}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    (folder / "in").mkdir(parents=True)
    (folder / "stack.yaml").write_text(STACK)
    for number in range(IMAGES):
        picture(folder / f"in/{number:02d}.png", number)
    return folder


class Cluster:
    """A scheduler and workers, each a process of the `dask` command with its nanny."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self._folder = folder
        self._log = (folder / "log").open("wb")
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.nannies: list[subprocess.Popen[bytes]] = []
        deadline = time.monotonic() + 60
        while not self.file.exists():
            assert self.scheduler.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)

    def add(self, **settings: str) -> None:
        options = ("--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard")
        self.nannies.append(self._start("worker", *options, **settings))

    def pids(self, workers: int) -> list[int]:
        """Ask the workers for their numbers, once there are so many."""
        from distributed import Client

        with warnings.catch_warnings(action="ignore"), Client(scheduler_file=str(self.file)) as client:
            client.wait_for_workers(workers, timeout=60)
            return list(client.run(os.getpid).values())

    def close(self) -> None:
        # Workers end when their nanny is gone.
        for process in (*self.nannies, self.scheduler):
            process.kill()
            process.wait()
        self._log.close()

    def _start(self, command: str, *options: str, **settings: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [DASK, command, "--scheduler-file", self.file, *options],
            cwd=self._folder,
            env=environment(self._folder, **settings),
            stdout=self._log,
            stderr=self._log,
        )


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "there"
    folder.mkdir()
    made = Cluster(folder)
    try:
        yield made
    finally:
        made.close()


def start(folder: Path, *arguments: object, **settings: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cnnviz", "run", *map(str, arguments), "-c", "stack.yaml"]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder, **settings),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> Outcome:
    out, err = process.communicate(timeout=180)
    return Outcome(process.returncode, out, err)


def wait_until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        if process.poll() is not None:
            raise AssertionError(f"it ended too early: {process.communicate()}")
        assert time.monotonic() < deadline
        time.sleep(0.02)


def done(out: Path) -> int:
    return len(list(out.glob("*/report.json")))


def assert_same(expected: Path, found: Path, without: Sequence[str] = ("environment.json",)) -> None:
    assert files(expected) == files(found)
    for name in files(expected) - set(without):
        assert (expected / name).read_bytes() == (found / name).read_bytes(), name


def local(here: Path, *inputs: str) -> Path:
    outcome = finish(start(here, *(inputs or ["in"]), "-o", "local", "--workers", 1))
    assert outcome.status == 0, outcome.err
    return here / "local"


@pytest.mark.slow
def test_a_cluster_of_its_own_writes_what_a_local_run_writes(here: Path) -> None:
    options = ("in", "--engine", "dask", "--workers", 2, "-o", "dask", "--jsonl")
    status, out, err = finish(start(here, *options))
    assert status == 0, err
    assert [json.loads(line)["folder"] for line in out.splitlines()] == [f"{number:02d}" for number in range(IMAGES)]
    *progress, end = err.splitlines()
    assert end.startswith(f"cnnviz: {IMAGES} ok")
    assert all(f" of {IMAGES}, " in line for line in progress), "workers and cluster are not heard"
    assert_same(local(here), here / "dask")


@pytest.mark.slow
def test_a_scheduler_that_cannot_be_reached_is_an_error(here: Path) -> None:
    timeout = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    (here / "bad.json").write_text("{}")
    (here / "gone.json").write_text('{"address": "tcp://127.0.0.1:9"}')
    cases = [
        ("--scheduler", "tcp://127.0.0.1:9", "the scheduler at tcp://127.0.0.1:9 cannot be reached"),
        ("--scheduler", "nosuch://x", "the scheduler at nosuch://x cannot be reached"),
        ("--scheduler-file", "gone.json", "the scheduler at tcp://127.0.0.1:9 cannot be reached"),
        ("--scheduler-file", "bad.json", "is not a file that"),
        ("--scheduler-file", "nosuch.json", "cannot read nosuch.json: it does not exist"),
    ]
    # One process runs them all: each would load Dask anew.
    code = (
        "import sys; from cnnviz.cli import execute\n"
        f"for option, value, _ in {cases}:\n"
        "    status = execute(['run', 'in', '-c', 'stack.yaml', '--engine', 'dask', option, value, '-o', 'out'])\n"
        "    print('status', status, file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here,
        env=environment(here, **timeout),
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    *said, rest = ended.stderr.split("status 2\n")
    assert rest == ""
    for (_, _, message), err in zip(cases, said, strict=True):
        assert message in err
    assert "Traceback" not in ended.stderr
    assert not (here / "out").exists()


@pytest.mark.slow
def test_workers_elsewhere_write_what_a_local_run_writes(here: Path, cluster: Cluster) -> None:
    cluster.add()
    cluster.add()
    finish(start(here, "in/00.png", "-o", "w", "--seed", 5))
    options = ("--weights", "w/weights.h5", "--kernels", "--save-activations")
    outcome = finish(start(here, "in", "-o", "local", "--workers", 1, *options))
    assert outcome.status == 0, outcome.err
    scheduler = ("--engine", "dask", "--scheduler-file", cluster.file)
    for output in ("dask", (here / "url").as_uri()):
        outcome = finish(start(here, "in", "-o", output, *scheduler, *options))
        assert outcome.status == 0, outcome.err
    assert_same(here / "local", here / "dask")
    assert_same(here / "local", here / "url")
    again = finish(start(here, (here / "in").as_uri(), "-o", "dask", *scheduler, *options))
    assert f"0 ok, {IMAGES} up to date, 0 failed" in again.err


@pytest.mark.slow
@pytest.mark.parametrize("nanny_too", [False, True])
def test_a_worker_that_is_killed_costs_no_image(here: Path, cluster: Cluster, nanny_too: bool) -> None:
    cluster.add(DELAY="0.2")
    first = cluster.pids(1)
    cluster.add(DELAY="0.2")
    cluster.pids(2)
    scheduler = ("--engine", "dask", "--scheduler-file", cluster.file)
    process = start(here, "in", "-o", "out", "--jsonl", *scheduler)
    wait_until(lambda: done(here / "out") >= 4, process)
    if nanny_too:
        cluster.nannies[0].kill()
    os.kill(first[0], signal.SIGKILL)
    status, out, err = finish(process)
    assert status == 0, err
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["folder"] for line in lines] == [f"{number:02d}" for number in range(IMAGES)]
    assert {line["status"] for line in lines} <= {"ok", "up_to_date"}
    assert_same(local(here), here / "out")


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False])
def test_an_image_that_kills_its_workers_is_the_only_one_that_fails(here: Path, cluster: Cluster, own: bool) -> None:
    picture(here / "in/05kill.png", 99)
    options: tuple[object, ...] = ("--engine", "dask", "--workers", 2)
    if not own:
        cluster.add()
        cluster.add()
        options = ("--engine", "dask", "--scheduler-file", cluster.file)
    status, out, err = finish(start(here, "in", "-o", "out", "--jsonl", *options))
    assert status == 3, err
    lines = [json.loads(line) for line in out.splitlines()]
    failed = [line["file"] for line in lines if line["status"] == "failed"]
    assert failed == ["05kill.png"]
    assert len({line["folder"] for line in lines}) == len(lines) == IMAGES + 1
    entry = json.loads((here / "out/failures.jsonl").read_text())
    assert (entry["file"], entry["stage"]) == ("05kill.png", "run")
    (here / "in/05kill.png").unlink()
    expected, found = local(here), here / "out"
    (found / "failures.jsonl").unlink()
    assert_same(expected, found, ("environment.json", "index.html"))


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_leaves_nothing_half_done(
    here: Path, cluster: Cluster, number: signal.Signals, own: bool
) -> None:
    options: tuple[object, ...] = ("--engine", "dask", "--workers", 2)
    if not own:
        cluster.add(DELAY="0.2")
        options = ("--engine", "dask", "--scheduler-file", cluster.file)
    process = start(here, "in", "-o", "out", *options, DELAY="0.2")
    wait_until(lambda: done(here / "out") >= 2, process)
    os.killpg(process.pid, number)
    status, _, err = finish(process)
    assert status == (130 if number == signal.SIGINT else 143), err
    assert "Traceback" not in err
    left = files(here / "out")
    assert done(here / "out") < IMAGES
    assert not [name for name in left if "tmp" in name or "journal" in name]
    whole = {name.partition("/")[0] for name in left if name.endswith("report.json")}
    assert all(name.partition("/")[0] in whole | {"environment.json", "weights.h5"} for name in left), left


@pytest.mark.slow
def test_a_scheduler_that_dies_is_an_error(here: Path, cluster: Cluster) -> None:
    cluster.add(DELAY="0.2")
    process = start(here, "in", "-o", "out", "--engine", "dask", "--scheduler-file", cluster.file)
    wait_until(lambda: done(here / "out") >= 2, process)
    cluster.scheduler.kill()
    status, _, err = finish(process)
    assert status == 2
    assert "the connection to the scheduler was lost" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_worker_with_another_version_is_refused(here: Path, cluster: Cluster) -> None:
    (here / "old.py").write_text("import cnnviz\ncnnviz.__version__ = '0.0.0'\n")
    cluster.add(DASK_DISTRIBUTED__WORKER__PRELOAD=str([str(here / "old.py")]))
    cluster.pids(1)
    options = ("--engine", "dask", "--scheduler-file", cluster.file)
    status, _, err = finish(start(here, "in", "-o", "out", *options))
    assert status == 2
    assert "has cnnviz 0.0.0, this is" in err
    assert not (here / "out").exists()


@pytest.mark.slow
def test_an_output_that_is_not_shared_is_noticed_at_once(here: Path, cluster: Cluster) -> None:
    # The workers' own disks: what they write is somewhere else.
    own = (
        "import cnnviz.workflows.run.job as job\n"
        "job.to_folder = lambda place, real=job.to_folder: real(f\"{os.environ['OWN']}/{place}\")\n"
    )
    (here / "own.py").write_text(PRELOAD + own)
    cluster.add(DASK_DISTRIBUTED__WORKER__PRELOAD=str([str(here / "own.py")]), OWN=str(here / "own"))
    cluster.pids(1)
    code = (
        "import cnnviz.workflows.run.workers.cluster as c; c._UNSEEN = 1.0; from cnnviz.cli import execute; "
        f"exit(execute('run in -c stack.yaml -o out --engine dask --scheduler-file {cluster.file}'.split()))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=here, env=environment(here), capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 4, ended.stderr
    assert "this machine does not see it" in ended.stderr
