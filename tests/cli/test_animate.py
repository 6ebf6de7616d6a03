"""`cnnviz animate`: a layer at work, or a picture's way through the stack, as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.commands import Outcome, files
from tests.helpers.rows import each

Invoke = Callable[..., Outcome]

LAYER = ("animate", "photo.png", "-c", "stack.yaml", "--layer", "conv", "--frames", "2", "--size", "400")


@pytest.mark.parametrize("name", ["film.gif", "film.png", "film.apng", "film.webp", "new/film.gif"])
def test_the_suffix_decides_the_format(cnnviz: Invoke, tmp_path: Path, name: str) -> None:
    done = cnnviz(*LAYER, "-o", name)
    assert (done.status, done.out) == (0, f"{name}\n"), done.err
    assert "2 of 224 positions" in done.err
    with Image.open(tmp_path / name) as image:
        assert image.format == {"apng": "PNG"}.get(name[-4:], name.rpartition(".")[2].upper())
        assert image.n_frames == 2
        assert image.width == 400


def test_it_says_nothing_of_places_if_it_shows_all(cnnviz: Invoke) -> None:
    done = cnnviz(*LAYER, "--frames", 1000, "--set", "conv.strides=6")
    assert (done.status, done.err) == (0, "")
    assert cnnviz(*LAYER, "-q", "-o", "film.gif")[1:] == ("film.gif\n", "")
    assert cnnviz(*LAYER, "-qq")[1:] == ("", "")


def test_without_a_name_the_file_is_called_after_what_it_shows(cnnviz: Invoke, tmp_path: Path) -> None:
    assert cnnviz(*LAYER).out == "photo_small_conv.gif\n"
    assert cnnviz("animate", "photo.png", "-c", "stack.yaml", "--through", "--size", 400).out == "photo_small.gif\n"
    assert files(tmp_path) == {"photo.png", "stack.yaml", "photo_small_conv.gif", "photo_small.gif"}


def test_the_same_command_writes_the_same_bytes_over_its_own_file(cnnviz: Invoke, tmp_path: Path) -> None:
    assert cnnviz(*LAYER, "-o", "film.gif").status == 0
    before = (tmp_path / "film.gif").read_bytes()
    assert cnnviz(*LAYER, "-o", "film.gif").status == 0
    assert (tmp_path / "film.gif").read_bytes() == before


def test_switches_of_the_stack_count(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz(*LAYER, "-o", "a.gif")
    cnnviz(*LAYER, "-o", "b.gif", "--seed", 5)
    cnnviz(*LAYER, "-o", "c.gif", "--channel", 2)
    cnnviz(*LAYER, "-o", "d.gif", "--max-side", 9, "--dtype", "float32")
    assert len({(tmp_path / name).read_bytes() for name in ("a.gif", "b.gif", "c.gif", "d.gif")}) == 4


def test_a_file_of_others_stays_unless_forced(cnnviz: Invoke, tmp_path: Path) -> None:
    before = (tmp_path / "photo.png").read_bytes()
    done = cnnviz(*LAYER, "-o", "photo.png")
    assert done.status == 4
    assert "photo.png: a file that cnnviz did not write is in the way" in done.err
    assert (tmp_path / "photo.png").read_bytes() == before
    (tmp_path / "other.gif").write_text("mine")
    assert cnnviz(*LAYER, "-o", "other.gif", "--force").status == 0
    with Image.open(tmp_path / "other.gif") as image:
        assert image.n_frames == 2


def test_the_way_through_shows_the_input_and_every_layer(cnnviz: Invoke, tmp_path: Path) -> None:
    through = ("animate", "photo.png", "-c", "stack.yaml", "--through", "--frames", 3, "--size", 400)
    assert cnnviz(*through, "-o", "film.webp").err == ""
    with Image.open(tmp_path / "film.webp") as image:
        # Four slides, two frames between each of them.
        assert image.n_frames == 4 + 3 * 2
        image.seek(0)
        first = np.array(image.convert("RGB"))
    assert cnnviz(*through, "-o", "other.webp", "--set", "input.scale=1/255", "--channel", 1).status == 0
    with Image.open(tmp_path / "other.webp") as image:
        np.testing.assert_array_equal(np.array(image.convert("RGB")), first)


def test_vectors_and_colours_have_their_place_on_the_way(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "vector.yaml").write_text(
        "output: {composite: true}\nlayers:\n  - {type: Conv2D, filters: 3, kernel_size: 3}\n  - Flatten\n"
        "  - {type: Dense, units: 5}\n"
    )
    done = cnnviz("animate", "photo.png", "-c", "vector.yaml", "--through", "--size", 400, "-o", "film.png")
    assert done.status == 0, done.err
    with Image.open(tmp_path / "film.png") as image:
        assert image.n_frames == 4 + 3 * 5
        image.seek(6)
        colors = np.array(image.convert("RGB"))[60:200].astype(int)
    assert np.ptp(colors, axis=2).max() > 50


@each(
    ("arguments", "message"),
    [
        (("--layer", "act"), 'Activation "act" cannot be animated: no window slides over its input; layers with'),
        (("--layer", "pol"), "there is no layer 'pol'; did you mean `pool`"),
        (("--layer", "conv", "--through"), "choose one"),
        ((), "name a --layer, or show all of them with --through"),
        (("--layer", "conv", "--channel", "3"), "--channel 3: conv has channels 0 to 2"),
        (("--layer", "conv", "-o", "film.mp4"), ".gif, .png, .apng, .webp"),
        (("--layer", "conv", "--fps", "80"), "--fps"),
        (("--layer", "conv", "--fps", "nan"), "--fps"),
        (("--layer", "conv", "--size", "10"), "--size"),
        (("--layer", "conv", "--max-memory", "1k"), "--max-memory allows"),
        (("--through", "--max-memory", "1k"), "--max-memory allows"),
        (("--layer", "conv", "--max-pixels", "9"), "--max-pixels"),
    ],
)
def test_mistakes_are_said_and_nothing_is_written(cnnviz: Invoke, arguments: tuple[str, ...], message: str) -> None:
    before = files(Path())
    done = cnnviz("animate", "photo.png", "-c", "stack.yaml", *arguments)
    assert done.status == 2
    assert message in done.err
    assert files(Path()) == before


def test_only_one_picture_can_be_animated(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "second.png").write_bytes((tmp_path / "photo.png").read_bytes())
    done = cnnviz("animate", tmp_path, "-c", "stack.yaml", "--layer", "conv")
    assert done.status == 2
    assert "2 pictures" in done.err
