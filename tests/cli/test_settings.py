"""What a user has set for other programs changes no byte of what is printed or written, and breaks nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
import pytest

from cnnviz.cli._commands import cli
from cnnviz.render.curves import Curve, curves_figure
from cnnviz.render.kit.colormap import colormap
from cnnviz.render.kit.figures import encode_figure
from tests.helpers.commands import STACK, files, picture

COMMANDS = [
    "run photo.png -c stack.yaml -o out --figure run.svg --colormap coolwarm",
    "explain photo.png -c stack.yaml --layer act --at 3,4 --channel 1 --figure explained.svg",
    "train -c tiny.yaml --data tiny.npz --epochs 2 -o tiny.h5 -qq --curves curves.pdf",
    "evaluate -c tiny.yaml --weights tiny.h5 --data tiny.npz --show shown.png --confusion confusion.svg",
    "run photo.png -c stack.yaml -o other --seed 1 --figure other.png --colormap viridis",
    "compare out other --report compared.html",
    "schema",
    "--help",
    *(f"{name} --help" for name in cli.list_commands(cli.make_context("cnnviz", [], resilient_parsing=True))),
]
"""One process runs them all: each would load matplotlib anew."""

MORE = [
    "sweep photo.png -c stack.yaml --activation relu,tanh -o swept --figure sweep.pdf",
    "animate photo.png -c stack.yaml --layer pool --frames 2 -o film.gif -q",
]

SCRIPT = """
import sys
from cnnviz.cli import _settle, execute
_settle()
for command in sys.stdin.read().splitlines():
    status = execute(command.split())
    print(command, status, flush=True)
    print(command, status, file=sys.stderr, flush=True)
"""

EVERYTHING = """
backend: TkAgg
image.lut: 16
image.origin: lower
image.interpolation: bicubic
image.composite_image: False
text.usetex: True
text.parse_math: True
text.hinting: none
text.antialiased: False
text.color: red
font.family: monospace
font.size: 20
savefig.bbox: tight
savefig.dpi: 20
savefig.facecolor: red
savefig.transparent: True
svg.fonttype: none
svg.hashsalt: salt
svg.image_inline: False
pdf.fonttype: 42
pdf.compression: 0
axes.grid: True
axes.prop_cycle: cycler('color', 'rgb')
axes.formatter.use_locale: True
figure.autolayout: True
lines.linewidth: 5
path.sketch: 1, 2, 3
path.simplify: False
xtick.direction: in
"""

BROKEN = b"f\xfcr Paris\nimage.lut 16\nno.such.key: 1\nimage.origin: sideways\nimage.origin: lower\n"


class Done(NamedTuple):
    """What commands print, what they say, and what they write."""

    out: str
    err: str
    written: dict[str, bytes]


def run(folder: Path, commands: Sequence[str], *switches: str, **variables: str) -> Done:
    """Run commands in one process of their own."""
    (folder / "stack.yaml").write_text(STACK)
    picture(folder / "photo.png")
    layers = "[Flatten, {type: Dense, units: 2, activation: softmax}]"
    (folder / "tiny.yaml").write_text(f"input: {{size: [4, 4], color: gray}}\nlayers: {layers}\n")
    pixels, labels = np.random.default_rng(0).integers(0, 256, (6, 4, 4), np.uint8), np.array([0, 1] * 3)
    np.savez(folder / "tiny.npz", x_train=pixels, y_train=labels, x_test=pixels, y_test=labels)
    given = set(files(folder))
    done = subprocess.run(
        [sys.executable, *switches, "-c", SCRIPT],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", **variables},
        input="\n".join(commands),
        capture_output=True,
        text=True,
        check=False,
    )
    written = {name: (folder / name).read_bytes() for name in sorted(files(folder) - given)}
    return Done(done.stdout, done.stderr, written)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """What the commands do where nothing is set."""
    found = run(tmp_path_factory.mktemp("usual"), COMMANDS)
    for command in COMMANDS:
        assert f"{command} {int(command.startswith('compare out'))}\n" in found.out, found.err
    return found


@pytest.fixture(scope="module")
def usual_run(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """What the first command does where nothing is set."""
    return run(tmp_path_factory.mktemp("usual_run"), COMMANDS[:1])


@pytest.mark.slow
def test_settings_of_every_kind_and_no_docstrings(usual: Done, tmp_path: Path) -> None:
    (tmp_path / "settings").write_text(EVERYTHING)
    (tmp_path / "no_folder").write_bytes(b"")
    variables = {
        "MATPLOTLIBRC": str(tmp_path / "settings"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(tmp_path / "no_folder"),
        "SOURCE_DATE_EPOCH": "x",
        "PYTHONWARNINGS": "error",
    }
    assert run(tmp_path, COMMANDS, "-OO", **variables) == usual


@pytest.mark.slow
def test_a_broken_file_of_settings_in_the_current_folder(usual_run: Done, tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(BROKEN)
    found = run(tmp_path, COMMANDS[:1], MPLBACKEND="garbage", SOURCE_DATE_EPOCH="1")
    assert f"{COMMANDS[0]} 0\n" in found.out, found.err
    assert found.err == f"{COMMANDS[0]} 0\n"
    assert found.written == usual_run.written


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["broken", "everything", "a pipe", "not to be read", "a folder"])
def test_files_of_settings_in_the_current_folder(usual: Done, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "matplotlibrc"
    match kind:
        case "a pipe":
            os.mkfifo(file)
        case "a folder":
            file.mkdir()
        case _:
            file.write_bytes(EVERYTHING.encode() if kind == "everything" else BROKEN)
            file.chmod(0o000 if kind == "not to be read" else 0o644)
    assert run(tmp_path, [*COMMANDS, *MORE], MPLBACKEND="garbage").written.items() >= usual.written.items()


def test_what_a_program_has_set_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw() -> bytes:
        return encode_figure(lambda: curves_figure("$x$", Curve([0.5], [0.4]), Curve([2.0], [1.5])), ".svg")

    usual, table = draw(), colormap("coolwarm")
    few = matplotlib.colormaps["coolwarm"].resampled(16)
    with matplotlib.rc_context(), monkeypatch.context() as patch:
        for line in filter(None, EVERYTHING.splitlines()):
            name, _, value = line.partition(": ")
            if name not in ("backend", "axes.prop_cycle"):
                matplotlib.rcParams[name] = value
        patch.setattr(matplotlib, "colormaps", {"coolwarm": few})
        assert draw() == usual
        np.testing.assert_array_equal(colormap("coolwarm"), table)
        assert matplotlib.rcParams["image.lut"] == 16
