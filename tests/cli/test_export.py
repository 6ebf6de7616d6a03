"""`cnnviz export`: files that are whole, say what enters, and take no one's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.commands import Outcome

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
