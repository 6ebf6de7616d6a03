"""Start-up is a feature: each command imports what it uses and nothing heavy beside.

A command without a line here is held to `USUAL`; a line holds it to less.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnviz import load_stack
from cnnviz.cli._commands import every_command
from tests.helpers.commands import STACK, picture
from tests.helpers.guide import first_example
from tests.helpers.models import write_keras
from tests.helpers.things import make_things

HEAVY = {
    "numpy",
    "numpy.random",
    "cv2",
    "yaml",
    "h5py",
    "msgspec",
    "matplotlib",
    "jinja2",
    "tqdm",
    "threadpoolctl",
    "concurrent.futures",
    "multiprocessing",
    "pathlib",
    "dataclasses",
    "importlib.metadata",
    "subprocess",
    "distributed",
    "fsspec",
}
"""What takes a millisecond or more to import; what a command may not import must stay out of it."""

BASE = {"pathlib", "numpy", "yaml", "msgspec"}

H5PY = {"h5py"}
PAGE = {"jinja2", "dataclasses"}
DRAWN = {"matplotlib", "concurrent.futures", "subprocess"}
"""Matplotlib comes with the second, and Pillow's formats of files with the last."""
USUAL = BASE | {"cv2", "numpy.random"} | H5PY | PAGE
"""For commands without a line: all but figures, clusters, further processes and URLs."""

ALLOWED: dict[str, set[str]] = {
    "attribute photo.png -c stack.yaml --target pool:0 --method gradient -o why": BASE
    | {"cv2", "numpy.random", "dataclasses"}
    | DRAWN
    | H5PY,
    "--help": set(),
    "--version": set(),
    "configs": {"pathlib"},
    "guide": {"pathlib"},
    "guide layers": {"pathlib"},
    "schema": BASE,
    "init new.yaml": {"pathlib"},
    "shapes -c stack.yaml --input-size 9x9": BASE,
    "animate photo.png -c stack.yaml --layer pool --frames 2 -o film.gif": BASE
    | {"cv2", "numpy.random", "dataclasses"}
    | DRAWN
    | H5PY,
    "evaluate -c tiny.yaml --weights tiny.h5 --data tiny.npz --threads 1": BASE
    | {"dataclasses", "numpy.random"}
    | H5PY,
    "diagram -c stack.yaml --input-size 9x9 -o net.svg": BASE,
    "explain photo.png -c stack.yaml --layer act": BASE | {"cv2", "numpy.random"},
    "run photo.png -c stack.yaml --threads 1": BASE | {"cv2", "numpy.random", "jinja2"} | H5PY,
    "run photo.png -c stack.yaml --threads 1 --no-html": BASE | {"cv2", "numpy.random"} | H5PY,
    "run photo.png -c stack.yaml --threads 1 --no-html --no-save-weights": BASE | {"cv2", "numpy.random"},
    "run photo.png -c stack.yaml --threads 1 --no-html --figure all.png": BASE
    | {"cv2", "numpy.random", "dataclasses"}
    | DRAWN
    | H5PY,
    "run photo.png -c stack.yaml --threads 2 --no-html": BASE | {"cv2", "numpy.random"} | H5PY,
    "import model.h5 -o net": BASE | {"numpy.random", "dataclasses"} | H5PY,
    "sweep photo.png -c stack.yaml --activation relu,tanh --threads 1": BASE | {"cv2", "numpy.random"} | PAGE,
    "train -c tiny.yaml --data tiny.npz --threads 1 --epochs 1 -o new.h5": BASE
    | {"dataclasses", "numpy.random"}
    | H5PY,
    "run photo.png photo2.png -c stack.yaml --workers 1 --threads 1": BASE
    | {"cv2", "numpy.random", "jinja2", "dataclasses"}
    | H5PY,
}

QUICK = {
    "--help",
    "shapes -c stack.yaml --input-size 9x9",
    "explain photo.png -c stack.yaml --layer act",
    "run photo.png -c stack.yaml --threads 1",
    "run photo.png -c stack.yaml --threads 1 --no-html --no-save-weights",
    "train -c tiny.yaml --data tiny.npz --threads 1 --epochs 1 -o new.h5",
}
"""One command for each set of modules that only it may import; each takes a process of its own."""

PROBE = """
import json, os, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command itself does
before = set(sys.modules)
from cnnviz.cli import execute
status = execute(sys.argv[1:])
print(json.dumps([status, sorted(set(sys.modules) - before)]))
"""


def labelled(folder: Path) -> None:
    """Write a stack that ends in scores, its weights, and examples."""
    (folder / "tiny.yaml").write_text("{input: {color: gray}, layers: [Flatten, {type: Dense, units: 2}]}")
    load_stack(folder / "tiny.yaml").build((2, 2, 1)).save_weights(folder / "tiny.h5")
    np.savez(folder / "tiny.npz", x=np.zeros((3, 2, 2), np.uint8), y=np.arange(3) % 2)


def imported(folder: Path, command: str) -> set[str]:
    """Run a command in a process of its own and return what it imported."""
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, *command.split()], cwd=folder, check=True, capture_output=True, text=True
    )
    status, modules = json.loads(probe.stdout.splitlines()[-1])
    assert status == 0, probe.stderr
    return set(modules)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(every_command().keys() - {command.split()[0] for command in ALLOWED}))
def test_a_command_without_a_line_imports_no_more_than_is_usual(name: str, tmp_path: Path) -> None:
    make_things(tmp_path)
    assert imported(tmp_path, first_example(name)) & HEAVY <= USUAL


@pytest.mark.parametrize(
    "command", [pytest.param(command, marks=[] if command in QUICK else pytest.mark.slow) for command in ALLOWED]
)
def test_a_command_imports_only_what_it_may(command: str, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(STACK)
    picture(tmp_path / "photo.png")
    picture(tmp_path / "photo2.png", 1)
    write_keras(tmp_path / "model.h5")
    if command.startswith(("evaluate", "train")):
        labelled(tmp_path)
    modules = imported(tmp_path, command)
    assert modules & HEAVY <= ALLOWED[command]
    backwards = ("cnnviz.ops.gradients", "cnnviz.layers.training")
    assert any(module.startswith(backwards) for module in modules) is command.startswith(("train", "attribute"))
    assert any(module.startswith("cnnviz.interchange") for module in modules) is command.startswith("import")
    if command.startswith("run"):
        assert "cnnviz.workflows.run.job" in modules
        page = ("cnnviz.render.page", "cnnviz.workflows.run.page")
        has_page = "--no-html" not in command and "photo2.png" not in command  # one image has one unless it is refused
        assert any(module.startswith(page) for module in modules) is has_page
