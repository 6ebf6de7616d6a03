"""`cnnviz export`: files that are whole, say what enters, and take no one's place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.commands import Outcome, files, picture

Invoke = Callable[..., Outcome]


@pytest.mark.parametrize(("program", "beside"), [("keras", "net.h5"), ("torch", "net.npz")])
def test_a_script_and_its_weights_are_written_side_by_side(
    cnnviz: Invoke, tmp_path: Path, program: str, beside: str
) -> None:
    outcome = cnnviz("export", "-c", "mnist_two_conv", "--to", program, "-o", "net.py")
    assert (outcome.status, outcome.out.split()) == (0, ["net.py", beside])
    script = (tmp_path / "net.py").read_text()
    compile(script, "net.py", "exec")
    assert all(name in script for name in ("conv_1", "dense_1", "28", beside))
    first = [(tmp_path / name).read_bytes() for name in ("net.py", beside)]
    assert cnnviz("export", "-c", "mnist_two_conv", "--to", program, "-o", "net.py").status == 0
    assert [(tmp_path / name).read_bytes() for name in ("net.py", beside)] == first


def test_the_weights_of_a_script_of_pytorch_are_those_of_the_network(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("layers: [{type: Conv2D, name: it, filters: 2, kernel_size: [3, 1], groups: 1}]")
    assert cnnviz("run", "photo.png", "-c", "s.yaml", "-o", "out", "-qq").status == 0
    arguments = ("--weights", "out/weights.h5", "--input-size", "9x9", "--to", "torch", "-o", "net.py")
    assert cnnviz("export", "-c", "s.yaml", *arguments).status == 0
    with np.load(tmp_path / "net.npz") as arrays:
        assert {name: array.shape for name, array in arrays.items()} == {"it.weight": (2, 3, 3, 1), "it.bias": (2,)}


def test_what_somebody_else_wrote_stays(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("mine = 1\n")
    assert cnnviz("export", "-c", "mnist_two_conv", "--to", "torch", "-o", "net.py").status == 4
    (tmp_path / "net.npz").write_bytes(b"mine")
    (tmp_path / "net.py").unlink()
    assert cnnviz("export", "-c", "mnist_two_conv", "--to", "torch", "-o", "net.py").status == 4
    assert (tmp_path / "net.npz").read_bytes() == b"mine" and not (tmp_path / "net.py").exists()


def test_a_size_is_needed_where_the_stack_leaves_it_open(cnnviz: Invoke) -> None:
    outcome = cnnviz("export", "-c", "l3", "--to", "keras", "-o", "net.py")
    assert outcome.status == 2 and "--input-size" in outcome.err


def test_what_a_program_lacks_is_named_all_at_once(cnnviz: Invoke, tmp_path: Path) -> None:
    pool = "type: AveragePooling2D, pool_size: 3, padding: 1"
    (tmp_path / "s.yaml").write_text(f"layers: [{{{pool}, name: first}}, {{{pool}, name: second}}]")
    outcome = cnnviz("export", "-c", "s.yaml", "--to", "keras", "-o", "net.py", "--input-size", "20x20")
    assert outcome.status == 2 and "first" in outcome.err and "second" in outcome.err
    assert not (tmp_path / "net.py").exists() and not (tmp_path / "net.h5").exists()


SMALL = """
name: small
input: {size: [30, 20], scale: 0.5, std: [1, 2, 3]}
classes: [cat, dog, cow]
output: {colormap: viridis}
layers:
  - {type: Conv2D, name: conv, filters: 4, kernel_size: 3, activation: relu}
  - {type: SeparableConv2D, name: apart, filters: 4, kernel_size: [1, 3], padding: same}
  - {type: Average, name: both, inputs: [conv, apart]}
  - Flatten
  - {type: Dense, units: 3, activation: softmax}
"""


@pytest.mark.parametrize(("name", "size"), [("lenet5", ()), ("l3", ("--input-size", "60x50")), ("small.yaml", ())])
def test_a_model_that_was_exported_gives_the_same_report_and_pixels(
    name: str, size: tuple[str, ...], cnnviz: Callable[..., Outcome], tmp_path: Path
) -> None:
    pytest.importorskip("onnx", reason="onnx is an extra")
    picture(tmp_path / "picture.png", 0, 60, 50)
    (tmp_path / "small.yaml").write_text(SMALL)
    run = ("run", "picture.png", "-q", "--save-activations")
    assert cnnviz(*run, "-c", name, "-o", "first").status == 0
    weights = ("--weights", "first/weights.h5")
    assert cnnviz("export", "-c", name, *weights, *size, "--to", "onnx", "-o", "net.onnx").status == 0
    assert cnnviz(*run, "-c", name, *weights, "-o", "before").status == 0
    again = cnnviz(*run, "-c", "net.onnx", "-o", "after")
    assert (again.status, again.err) == (0, "")
    before, after = (tmp_path / folder / "picture" for folder in ("before", "after"))
    assert files(before) == files(after)
    # The digest is of the weights' file, too, and this is another; the page is sealed with it.
    reports = [json.loads((folder / "report.json").read_text()) for folder in (before, after)]
    assert [report.pop("digest") for report in reports] != [] and reports[0] == reports[1]
    for path in files(before) - {"report.json", "index.html", "activations.h5"}:
        assert (before / path).read_bytes() == (after / path).read_bytes(), path
    compared = cnnviz("compare", "before", "after")
    assert compared.status == 0, compared.out
