"""The commands of the README and of the guide run as they are written, on small pictures and small data."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from cnnviz.cli import execute
from cnnviz.cli._commands import every_command
from tests.helpers.guide import blocks, documents
from tests.helpers.things import make_things

ELSEWHERE = re.compile(
    r"^dask |s3://|tests\.benchmarks|^pip |^\s*pip |\.venv|^KERAS_BACKEND|_COMPLETE=|^git ", re.MULTILINE
)
"""What needs more than this machine has; a shell reads it, no more."""

DEAR = re.compile(
    r"cnnviz (animate|attribute|maximize|(exemplars|run) sample:(mnist|astronaut))"
    r"|sweep (sample|.*walkthrough|.*kernel_size)|--figure (lenet5|conv|why)"
    r"|--watch|--engine|--show|--curves|--epochs \d\d"
)
"""What takes more than a moment; most of it is also drawn for the gallery."""

MODEL = re.compile(r"(?:-c|--config) (\S+\.(?:onnx|json|keras|hdf5|h5))(?: --layer conv_3)?")
"""A model file, and a layer that the one among the things lacks."""

SMALLER = {"8000:10000": "16:20", "0:8000": "0:16"}
"""Ranges of MNIST, and those of the twenty examples that stand for it."""


def examples() -> Iterator[object]:
    for document in documents():
        for number, block in enumerate(blocks(document, "sh")):
            if (document, number) not in (("README", 0), ("README", 1)):  # the CI runs them
                shell = ordinary(block) is None and not ELSEWHERE.search(block)
                slow = document == "lesson" or DEAR.search(block) or shell
                marks = [pytest.mark.slow] if slow else []
                yield pytest.param(block, id=f"{document}-{number}", marks=marks)


def ordinary(block: str) -> list[list[str]] | None:
    """Return the commands of a block that has nothing but commands of cnnviz; else None."""
    commands = [part for line in block.replace("\\\n", "").splitlines() for part in line.split("&&")]
    if not all(command.split()[0] == "cnnviz" for command in commands) or "$" in block or "|" in block:
        return None
    return [shlex.split(re.sub(r">.*", "", command))[1:] for command in commands]


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_things(tmp_path_factory.mktemp("things"))


@pytest.mark.parametrize("block", list(examples()))
def test_an_example_runs(block: str, things: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for full, small in SMALLER.items():
        block = block.replace(full, small)
    if ELSEWHERE.search(block):
        subprocess.run(["bash", "-n", "-c", block], check=True)
        return
    folder = tmp_path / "here"
    shutil.copytree(things, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CNNVIZ_RUN_WORKERS", "1")
    if "cnnviz init" in block:
        (folder / "mystack.yaml").unlink()
    commands = ordinary(block)
    if commands is None:
        cnnviz = f'cnnviz() {{ {shlex.quote(sys.executable)} -m cnnviz "$@"; }}; export -f cnnviz; set -e\n'
        script = cnnviz + block.replace("xargs -0 -P 2 -n 1 cnnviz", "xargs -0 -n 1 bash -c 'cnnviz \"$@\"' cnnviz")
        subprocess.run(["bash", "-c", script], check=True)
        return
    for command in commands:
        model = MODEL.search(" ".join(command))
        if model and ("conv_3" in model[0] or not Path(model[1]).exists()):  # one that a reader brings: it is parsed
            every_command()[command[0]].make_context(command[0], command[1:])
            continue
        # Extras: the CI has a step with each.
        if find_spec("onnx") is None and any("onnx" in part for part in command):
            continue
        if find_spec("distributed") is None and "dask" in command:
            continue
        assert execute(command) == 0, command
