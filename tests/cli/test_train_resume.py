"""`cnnviz train --resume` goes on to the same bytes, and only with its own training."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.cli._train_printer import TrainPrinter
from cnnviz.io import files as file_io
from cnnviz.io import signals
from tests.helpers.commands import Outcome, files
from tests.helpers.processes import running
from tests.helpers.rows import each
from tests.helpers.training_data import STACK, write_npz

Cli = Callable[..., Outcome]
TRAIN = ("train", "-c", "tiny.yaml", "--data", "data.npz", "--validation-split", 0.2, "--history", "h.json")
WRITTEN = ("w.h5", "w.best.h5", "w.checkpoint.h5", "h.json")


@pytest.fixture
def train(cnnviz: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Train the tiny stack: 36 examples, 5 steps an epoch, 15 in all."""
    monkeypatch.setattr(file_io, "flush", lambda path: None)  # waiting for the disk is tested elsewhere
    (tmp_path / "tiny.yaml").write_text(STACK)
    write_npz(tmp_path / "data.npz")
    return lambda *options: cnnviz(*TRAIN, *options)


@pytest.fixture
def whole(train: Cli) -> dict[str, bytes]:
    """Give what a training without interruption writes."""
    assert train("-o", "w.h5").status == 0
    return take_away()


def take_away() -> dict[str, bytes]:
    content = {name: Path(name).read_bytes() for name in WRITTEN if Path(name).exists()}
    for name in content:
        Path(name).unlink()
    return content


def interrupt_after(monkeypatch: pytest.MonkeyPatch, reports: int, error: type[BaseException]) -> None:
    """Let Ctrl-C arrive while something is reported; an epoch of 5 steps reports 6 times."""
    count = 0

    def report(printer: TrainPrinter, said: object) -> None:
        nonlocal count
        count += 1
        if count == reports:
            raise error

    monkeypatch.setattr(TrainPrinter, "report", report)


def test_an_interruption_that_a_library_made_an_error_of(
    train: Cli, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        class Wrapped(RuntimeError):
            """Comes out of C code that a signal's exception went through."""

            def __init__(self) -> None:
                patch.setattr(signals._arrived, "number", signal.SIGINT)

        interrupt_after(patch, 3, Wrapped)
        stopped = train("-o", "w.h5")
    assert stopped.status == 130
    assert "stopped after step 3 of 5 in epoch 1; the same command with --resume goes on from there" in stopped.err
    assert train("--resume", "-o", "w.h5").status == 0
    assert take_away() == whole


@each("reports", [1, 3, 5, 6, 7, 17])
def test_after_an_interruption(
    train: Cli, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, reports: int
) -> None:
    with monkeypatch.context() as patch:
        interrupt_after(patch, reports, KeyboardInterrupt)
        stopped = train("-o", "w.h5")
    assert stopped.status == 130
    where = "after epoch 1 of 3" if reports == 6 else f"after step {reports % 6} of 5 in epoch {1 + reports // 6}"
    assert f"stopped {where}; the same command with --resume goes on from there" in stopped.err
    done = train("--resume", "-o", "w.h5")
    assert done.status == 0, done.err
    assert f"going on {where}" in done.err
    assert take_away() == whole


def test_after_several_interruptions_and_with_other_threads(
    train: Cli, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for reports, options in ((4, ()), (5, ("--resume", "--threads", 2)), (2, ("--resume", "--threads", 1))):
        with monkeypatch.context() as patch:
            interrupt_after(patch, reports, KeyboardInterrupt)
            assert train(*options, "-o", "w.h5").status == 130
    assert train("--resume", "-o", "w.h5").status == 0
    assert take_away() == whole


@each(
    ("optimizer", "dtype"), [("sgd", "float32"), ("momentum", "float64"), ("rmsprop", "float32"), ("adam", "float64")]
)
def test_after_a_shorter_training(train: Cli, optimizer: str, dtype: str) -> None:
    options = ("--optimizer", optimizer, "--dtype", dtype, "-o", "w.h5")
    assert train(*options).status == 0
    whole = take_away()
    assert train("--epochs", 1, *options).status == 0
    assert train("--resume", *options).status == 0
    assert take_away() == whole


def test_nothing_is_left_to_do(train: Cli, whole: dict[str, bytes]) -> None:
    for name, content in whole.items():
        Path(name).write_bytes(content)
    Path("w.h5").unlink()
    done = train("--resume", "-o", "w.h5")
    assert done.status == 0
    assert "tiny: 3 epochs of 36 examples of data.npz, 0 steps in " in done.out
    assert take_away() == whole


def test_an_interruption_before_the_first_step_leaves_the_old_checkpoint(
    train: Cli, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("w.checkpoint.h5").write_bytes(whole["w.checkpoint.h5"])

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnviz.training.batches.Batches.order", interrupted)
    stopped = train("-o", "w.h5")
    assert stopped.status == 130
    assert "stopped" not in stopped.err
    assert Path("w.checkpoint.h5").read_bytes() == whole["w.checkpoint.h5"]


OTHERS = {
    "batch_size": (("--batch-size", 9), "batch_size was 8, now 9"),
    "learning_rate": (("--learning-rate", 0.03), "learning_rate was 0.02, now 0.03"),
    "optimizer": (("--optimizer", "rmsprop"), "optimizer was adam, now rmsprop"),
    "seed": (("--seed", 5), "the seed was 4, now 5"),
    "stack": (("--set", "drop.rate=0.5"), "the stack is another"),
    "data": (("--range", "1:"), "the set of examples is another"),
    "weights": (("--initializer", "zeros"), "the beginning is another"),
    "order": (("--no-shuffle",), "shuffle was True, now False"),
    "dtype": (("--dtype", "float64"), "dtype was float32, now float64"),
    "fewer epochs": (("--epochs", 2), "w.checkpoint.h5 is in epoch 3 already, --epochs 2 is the total"),
}


@pytest.fixture
def trained(train: Cli) -> Cli:
    """Leave what a whole training writes."""
    assert train("-o", "w.h5").status == 0
    return train


@each("name", OTHERS)
def test_another_training_is_refused(trained: Cli, name: str) -> None:
    options, message = OTHERS[name]
    before = {name: Path(name).read_bytes() for name in files(Path())}
    done = trained("--resume", "-o", "w.h5", *options)
    assert done.status == 2
    assert message in done.err
    assert {name: Path(name).read_bytes() for name in files(Path())} == before


def test_what_is_no_checkpoint_is_refused(train: Cli) -> None:
    assert train("-o", "w.h5").status == 0
    Path("w.h5").rename("w.checkpoint.h5")
    done = train("--resume", "-o", "w.h5")
    assert done.status == 2
    assert "w.checkpoint.h5 is no checkpoint" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_a_real_signal(train: Cli, tmp_path: Path, number: signal.Signals, status: int) -> None:
    options = ("--epochs", "100000", "-q", "-o", "w.h5")
    with running(tmp_path, *map(str, TRAIN), *options) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "w.checkpoint.h5").exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in err
    assert "the same command with --resume goes on from there" in err
    assert not any("tmp" in name for name in files(tmp_path))
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 3, KeyboardInterrupt)
        assert train("--resume", *options).status == 130


def test_other_examples_to_validate_with_are_refused(train: Cli, cnnviz: Cli) -> None:
    write_npz(Path("other.npz"), 7, 9, 11)
    for data, resume, status in (("data.npz", (), 0), ("other.npz", ("--resume",), 2)):
        done = cnnviz(*TRAIN[:5], "--validation-data", data, "-o", "w.h5", *resume)
        assert done.status == status
    assert "the set to validate with is another" in done.err
