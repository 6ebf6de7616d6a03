"""`cnnviz train --watch`: a layer while it learns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cnnviz.workflows.training import watching
from cnnviz.workflows.training.train import Training
from tests.helpers.commands import Outcome, files
from tests.helpers.rows import each
from tests.helpers.training_data import STACK, examples, write_npz

Cli = Callable[..., Outcome]
TRAIN = ("train", "-c", "tiny.yaml", "--data", "data.npz", "--epochs", "4", "-o", "w.h5", "-q")
WATCH = ("--watch", "digit.png", "--layer", "conv")


@pytest.fixture
def train(cnnviz: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "tiny.yaml").write_text(STACK)
    write_npz(tmp_path / "data.npz")
    cv2.imwrite(str(tmp_path / "digit.png"), examples(1, 5)[0][0])
    return lambda *options: cnnviz(*TRAIN, *options)


def frames(path: Path) -> int:
    with Image.open(path) as image:
        return int(getattr(image, "n_frames", 1))


def test_an_animation_lies_beside_the_weights(train: Cli, tmp_path: Path) -> None:
    before = files(tmp_path)
    done = train(*WATCH, "--epochs", 2)
    assert done.status == 0, done.err
    assert files(tmp_path) - before == {"w.h5", "w.checkpoint.h5", "w.conv.gif"}
    assert done.out.splitlines()[-1] == "w.conv.gif"
    # 2 epochs of 6 steps, the beginning too; frames that are the same are joined.
    assert 7 < frames(tmp_path / "w.conv.gif") <= 13


def test_watching_changes_nothing(train: Cli, tmp_path: Path) -> None:
    train()
    alone = (tmp_path / "w.h5").read_bytes()
    train(*WATCH, "--every", 3, "--watch-output", "conv.webp")
    assert (tmp_path / "w.h5").read_bytes() == alone
    first = (tmp_path / "conv.webp").read_bytes()
    train(*WATCH, "--every", 3, "--watch-output", "conv.webp")
    assert (tmp_path / "conv.webp").read_bytes() == first


def test_looks_are_every_so_many_steps_and_at_both_ends(
    train: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[watching.Look] = []
    film = watching.film
    monkeypatch.setattr(watching, "film", lambda subject, looks: (seen.extend(looks), film(subject, looks))[1])
    train(*WATCH, "--every", 7)
    assert [look.step for look in seen] == [0, 7, 14, 21, 24]
    assert [look.epoch for look in seen] == [1, 2, 3, 4, 4]
    assert seen[0].loss is None
    assert all(look.loss is not None and look.loss > 0 for look in seen[1:])
    assert not np.array_equal(seen[0].kernel, seen[-1].kernel)
    seen.clear()
    train(*WATCH, "--every", 7, "--epochs", 5, "--resume")
    assert [look.step for look in seen] == [24, 28, 30]


@pytest.mark.parametrize("layer", ["pool", "flat", "scores"])
def test_any_layer_can_be_watched(train: Cli, tmp_path: Path, layer: str) -> None:
    assert (
        train("--watch", "digit.png", "--layer", layer, "--every", 3, "--watch-output", "x.png", "--epochs", 1).status
        == 0
    )
    assert frames(tmp_path / "x.png") > 2


def test_what_was_seen_is_kept_when_training_is_interrupted(
    train: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Training.run

    def interrupted(self: Training, report: object, watch: Callable[[int, object], None] | None = None) -> None:
        def look(step: int, weights: object) -> None:
            assert watch is not None
            watch(step, weights)
            if step == 7:
                raise KeyboardInterrupt

        run(self, report, look)

    monkeypatch.setattr(Training, "run", interrupted)
    assert train(*WATCH, "--every", 2).status == 130
    assert 2 < frames(tmp_path / "w.conv.gif") <= 5
    assert (tmp_path / "w.checkpoint.h5").exists()


def test_a_picture_of_another_size(train: Cli, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "large.png"), np.zeros((30, 40), np.uint8))
    large = ("--watch", "large.png", "--epochs", 1, "--every", 5, "--layer")
    assert train(*large, "conv").status == 0
    done = train(*large, "scores")
    assert done.status == 2
    assert "there scores has weights of 12x3, here of 798x3; fix the size in the stack with `input.size`" in done.err


@pytest.mark.parametrize("foreign", [True, False])
def test_only_an_animation_of_ours_is_overwritten(train: Cli, tmp_path: Path, foreign: bool) -> None:
    target = tmp_path / "film.gif"
    if foreign:
        Image.new("L", (3, 3)).save(target)
    else:
        target.mkdir()
    done = train(*WATCH, "--watch-output", "film.gif")
    assert done.status == 4
    assert "film.gif" in done.err and "is in the way" in done.err
    assert not (tmp_path / "w.h5").exists()


@each(
    ("options", "message"),
    [
        (("--watch", "digit.png"), "--watch needs a --layer to look at"),
        (("--layer", "conv"), "--layer is for --watch IMAGE"),
        (("--every", "3"), "--every is for --watch IMAGE"),
        (("--watch", "digit.png", "--layer", "con"), "there is no layer 'con'; did you mean `conv`"),
        (("--watch", "nowhere.png", "--layer", "conv"), "'nowhere.png' does not exist"),
        ((*WATCH, "--watch-output", "x.mp4"), "cannot write an animation to x.mp4"),
        (
            (*WATCH, "--epochs", "500", "--every", "1"),
            "--every 1 is to look 3,001 times, too much for one animation; try --every 51",
        ),
        (("--watch", ".", "--layer", "conv"), "pictures; name one"),
    ],
)
def test_what_is_wrong_is_said_before_training(train: Cli, options: tuple[str, ...], message: str) -> None:
    cv2.imwrite("other.png", examples(1, 6)[0][0])
    done = train(*options)
    assert done.status == 2
    assert message in done.err
    assert not Path("w.h5").exists()
