"""Names that are too long for the file system, in every option that takes a path."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.cli import execute
from tests.helpers.commands import STACK, Outcome, files, picture
from tests.helpers.rows import each

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX systems")

Invoke = Callable[..., Outcome]

RUN = "run photo.png -c stack.yaml -q"
EXPLAIN = "explain photo.png -c stack.yaml --layer conv --at 1,1"
ANIMATE = "animate photo.png -c stack.yaml --layer conv --frames 2"
TRAIN = "train -c scores.yaml --data data.npz --epochs 1 -q"
EVALUATE = "evaluate -c scores.yaml --data data.npz --weights out/weights.h5 -q"
SWEEP = "sweep photo.png -c stack.yaml --activation act=relu,tanh -q"

READ = [
    "run {}.png -c stack.yaml",
    "run photo.png -c {}.yaml",
    "run photo.png -c stack.yaml --weights {}.h5",
    "run --files-from {} -c stack.yaml",
    "index {}",
    "compare {} out",
    "compare out {}",
    "accept base {}",
    "shapes -c {}.yaml",
    "explain {}.png -c stack.yaml --layer conv",
    "animate {}.png -c stack.yaml --layer conv",
    "sweep {}.png -c stack.yaml --activation act=relu,tanh",
    "train -c scores.yaml --data {} -o w.h5",
    "train -c scores.yaml --data data.npz --weights {}.h5 -o w.h5",
    "train -c scores.yaml --data data.npz --validation-data {} -o w.h5",
    "evaluate -c scores.yaml --data {} --weights out/weights.h5",
    "evaluate -c scores.yaml --data data.npz --weights {}.h5",
]
WRITTEN = [
    f"{RUN} -o {{}}",
    f"{RUN} -o new --figure {{}}.png",
    "accept {} out",
    "compare out out --report {}.html",
    "compare out out --junit {}.xml",
    "init {}.yaml",
    f"{EXPLAIN} --figure {{}}.png",
    f"{ANIMATE} -o {{}}.gif",
    f"{SWEEP} -o {{}}",
    f"{SWEEP} -o new --figure {{}}.png",
    f"{TRAIN} -o {{}}.h5",
    f"{TRAIN} -o w.h5 --history {{}}.json",
    f"{TRAIN} -o w.h5 --curves {{}}.png",
    f"{TRAIN} -o w.h5 --watch photo.png --layer conv --watch-output {{}}.gif",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("targets")
    (folder / "stack.yaml").write_text(STACK)
    picture(folder / "photo.png")
    (folder / "scores.yaml").write_text(
        "input: {color: gray}\nlayers: [{type: Conv2D, name: conv, filters: 2, kernel_size: 3}, Flatten,"
        " {type: Dense, name: scores, units: 2, activation: softmax}]\n"
    )
    pixels = np.random.default_rng(0).integers(0, 256, (8, 6, 6, 1), np.uint8)
    np.savez(folder / "data.npz", x=pixels, y=np.arange(8) % 2)
    command = ["run", folder / "photo.png", "-c", folder / "stack.yaml", "-o", folder / "out", "-qq"]
    assert execute(list(map(str, command))) == 0
    return folder


@each(("command", "status"), [*((c, 2) for c in READ), *((c, 4) for c in WRITTEN)])
def test_a_name_that_is_too_long(cnnviz: Invoke, place: Path, command: str, status: int) -> None:
    os.chdir(place)  # the fixture of the command line changes back
    before = files(place)
    outcome = cnnviz(*command.format("n" * 300).split())
    assert outcome.status == status, outcome.err
    assert "Traceback" not in outcome.err
    assert {name for name in files(place) - before if not name.startswith(("new/", "w."))} == set()


def test_the_default_name_of_an_animation_may_be_too_long(cnnviz: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / f"{'n' * 243}.png")
    outcome = cnnviz("animate", f"{'n' * 243}.png", "-c", "stack.yaml", "--layer", "conv", "--frames", "2")
    assert outcome.status == 4
    assert "too long" in outcome.err
