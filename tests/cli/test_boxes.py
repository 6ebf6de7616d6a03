"""Letters that the font of pictures lacks are named once; no other font is taken: pictures are the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.commands import Outcome, picture

Invoke = Callable[..., Outcome]

STACK = """\
input: {color: gray, size: [9, 9], scale: 1/255}
classes: [CAT, dog]
layers: [Flatten, {type: Dense, name: scores, units: 2}]
"""
DRAWING = [
    ("run", "photo.png", "--labels"),
    ("run", "photo.png", "pets", "--labels", "--workers", 2),
    ("run", "photo.png", "--figure", "all.png", "--no-html"),
    ("attribute", "photo.png", "--method", "gradient", "--no-check"),
    ("maximize", "--layer", "scores", "--steps", 1),
    ("exemplars", "photo.png", "--layer", "scores"),
]


@pytest.mark.parametrize("command", DRAWING)
def test_letters_that_are_drawn_as_boxes_are_said_once(cnnviz: Invoke, tmp_path: Path, command: tuple) -> None:
    picture(tmp_path / "pets/dog.png", 1)
    (tmp_path / "tiny.yaml").write_text(STACK.replace("CAT", "\u732b"))
    asked = (*command, "-c", "tiny.yaml", "-o", "out")
    outcome = cnnviz(*asked)
    assert outcome.status == 0, outcome.err
    assert outcome.err.count("drawn as boxes") == 1
    assert "\u732b (CJK UNIFIED IDEOGRAPH-732B)" in outcome.err
    assert cnnviz(*asked, "-qq").err == ""
    (tmp_path / "tiny.yaml").write_text(STACK.replace("CAT", "\u00e9l\u00e9phant"))
    assert "boxes" not in cnnviz(*asked).err


def test_letters_that_are_not_drawn_are_not_said(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(STACK.replace("CAT", "\u732b"))
    drawn = ("run", "photo.png", "--labels", "-c", "tiny.yaml", "-o", "out")
    assert "boxes" not in cnnviz(*drawn, "--layer", "flatten").err
    assert "boxes" in cnnviz(*drawn).err
    assert "boxes" not in cnnviz(*drawn).err, "the pictures are up to date"


def test_what_a_failed_command_drew_is_not_said_of_the_next(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(STACK.replace("CAT", "\u732b"))
    (tmp_path / "out").write_text("in the way")
    assert cnnviz("maximize", "--layer", "scores", "--steps", 1, "-c", "tiny.yaml", "-o", "out").status == 4
    assert "boxes" not in cnnviz("shapes", "-c", "tiny.yaml").err
