"""`cnnviz diagram` writes a picture of the network, the same bytes every time, and nothing where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

import cnnviz as package
from tests.helpers.commands import Outcome
from tests.helpers.models import write_keras
from tests.helpers.rows import each

Invoke = Callable[..., Outcome]

SVG = "{http://www.w3.org/2000/svg}"


def words(path: Path) -> list[str]:
    """Return the words of an SVG."""
    return [text.text or "" for text in ElementTree.fromstring(path.read_text()).iter(f"{SVG}text")]


@each("style", ["blocks", "graph"])
def test_a_picture_names_every_layer_with_its_shape(cnnviz: Invoke, style: str) -> None:
    written = Path("net.svg")
    outcome = cnnviz("diagram", "-c", "lenet5", "--style", style, "-o", "net.svg")
    assert outcome.out == "net.svg\n"
    found = words(written)
    assert "lenet5" in found
    for shape in ("32x32x1", "28x28x6", "14x14x6", "10x10x16", "5x5x16", "1x1x120", "120", "84", "10"):
        assert shape in found
    first = written.read_bytes()
    assert cnnviz("diagram", "-c", "lenet5", "--style", style, "-o", "net.svg").status == 0
    assert written.read_bytes() == first


def test_switches_change_what_is_drawn(cnnviz: Invoke, tmp_path: Path) -> None:
    switches = [
        "--kernel-size",
        "conv=5",
        "--set",
        "pool.type=AveragePooling2D",
        "--set",
        "pool.pool_size=2",
        "--activation",
        "tanh",
    ]
    size = ["--input-size", "20x30"]
    assert cnnviz("diagram", "-c", "stack.yaml", *switches, *size, "-o", "net.svg").status == 0
    found = words(tmp_path / "net.svg")
    assert {"20x30x1", "16x26x3", "8x13x3", "5x5", "tanh"} <= set(found)
    assert {"Average", "Pooling2D"} <= set(found)


def test_costs_are_written_where_they_are_asked_for(cnnviz: Invoke, tmp_path: Path) -> None:
    for style in ("blocks", "graph"):
        cnnviz("diagram", "-c", "lenet5", "--style", style, "-o", "plain.svg")
        cnnviz("diagram", "-c", "lenet5", "--style", style, "--costs", "-o", "costs.svg")
        assert not any("156 params" in word for word in words(tmp_path / "plain.svg"))
        assert any("156 params" in word for word in words(tmp_path / "costs.svg"))


def test_a_bare_picture_has_no_title_and_no_legend(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("diagram", "-c", "lenet5", "--bare", "-o", "net.svg")
    found = words(tmp_path / "net.svg")
    assert "lenet5" not in found
    assert "convolution" not in found
    assert "28x28x6" in found


def test_a_stack_of_any_size_needs_one(cnnviz: Invoke, tmp_path: Path) -> None:
    refused = cnnviz("diagram", "-c", "stack.yaml", "-o", "net.svg")
    assert refused.status == 2
    assert "--input-size" in refused.err
    assert not (tmp_path / "net.svg").exists()


@each(
    "arguments, status, message",
    [
        (["-o", "net.gif"], 2, ".png, .svg, .pdf"),
        (["-o", "net"], 2, ".png, .svg, .pdf"),
        (["-o", "foreign.svg"], 4, "did not write"),
        (["-o", "folder.svg"], 4, "folder"),
        (["-o", "net.svg", "--aspect", "9"], 2, "16:9"),
        (["-o", "net.svg", "--style", "block"], 2, "blocks"),
        (["-o", "net.svg", "--width", "3"], 2, "width"),
        (["-o", "net.png", "--width", "100000"], 2, "at most 10666"),
        (["-o", "net.svg", "--input-size", "2x2"], 2, "lenet5"),
        ([], 2, "--output"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_lost(
    cnnviz: Invoke, arguments: list[str], status: int, message: str
) -> None:
    folder = Path.cwd()
    (folder / "foreign.svg").write_text("<svg/>")
    (folder / "folder.svg").mkdir(exist_ok=True)
    refused = cnnviz("diagram", "-c", "lenet5", *arguments)
    assert refused.status == status
    assert message in refused.err
    assert "Traceback" not in refused.err
    assert (folder / "foreign.svg").read_text() == "<svg/>"
    assert not [path for path in folder.iterdir() if path.name.startswith("net")]


def test_a_model_file_can_be_drawn(cnnviz: Invoke, tmp_path: Path) -> None:
    write_keras(tmp_path / "model.h5")
    assert cnnviz("diagram", "-c", "model.h5", "--style", "graph", "-o", "net.svg").status == 0
    assert any("Conv2D" in word for word in words(tmp_path / "net.svg"))


def test_it_can_be_told_to_say_less(cnnviz: Invoke) -> None:
    command = ("diagram", "-c", "lenet5", "--bare", "-o", "net.svg")
    loud, quiet, silent = (cnnviz(*command, *more) for more in ([], ["-q"], ["-qq"]))
    assert (loud.out, quiet.out, silent.out) == ("net.svg\n", "net.svg\n", "")
    assert "lenet5" in loud.err
    assert (quiet.err, silent.err) == ("", "")


@pytest.mark.slow
def test_a_png_is_as_wide_as_asked_and_the_same_every_time(cnnviz: Invoke, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        cnnviz("diagram", "-c", "lenet5", "--width", 800, "--dark", "-o", name)
    with Image.open(tmp_path / "a.png") as written:
        assert written.size == (800, 450)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    for name in ("a.pdf", "b.pdf"):
        cnnviz("diagram", "-c", "lenet5", "-o", name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_python_and_a_notebook_have_the_same_picture(cnnviz: Invoke, tmp_path: Path) -> None:
    picture = package.diagram("lenet5", style="graph")
    assert cnnviz("diagram", "-c", "lenet5", "--style", "graph", "-o", "command.svg").status == 0
    picture.save(tmp_path / "python.svg")
    assert (tmp_path / "python.svg").read_bytes() == (tmp_path / "command.svg").read_bytes()
    shown = ElementTree.fromstring(picture._repr_svg_())
    assert shown.tag == f"{SVG}svg"
    with pytest.raises(package.CnnvizError, match="any size"):
        package.diagram("l3")
