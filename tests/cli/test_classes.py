"""`cnnviz run --weights` says what a picture was taken for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz as public
from cnnviz.ops.activations.levelling import softmax
from tests.helpers.commands import Outcome, picture

Invoke = Callable[..., Outcome]

STACK = """\
name: pets
input: {color: gray, size: [8, 8], scale: 1/255}
classes: [cat, dog, fish]
layers:
  - Flatten
  - {type: Dense, name: hidden, units: 4, activation: relu}
  - {type: Dense, name: scores, units: 3}
"""


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    (tmp_path / "pets.yaml").write_text(STACK)
    public.load_stack(tmp_path / "pets.yaml").build((8, 8, 1), seed=3).save_weights(tmp_path / "pets.h5")
    return tmp_path / "pets.h5"


def last_layer(folder: Path) -> Any:
    return json.loads((folder / "report.json").read_text())["layers"][-1]


def test_the_likeliest_classes_stand_in_text_and_report(cnnviz: Invoke, weights: Path, tmp_path: Path) -> None:
    outcome = cnnviz("run", "photo.png", "-c", "pets.yaml", "--weights", weights, "-o", "out")
    lines = outcome.out.splitlines()
    named = lines[lines.index("Top classes by softmax (scores)") + 1 :][:3]
    scores = public.run(tmp_path / "photo.png", tmp_path / "pets.yaml", weights=weights)["scores"].array
    shares = softmax(scores[None])[0]
    order = np.argsort(-shares)
    assert [line.split()[0] for line in named] == [("cat", "dog", "fish")[unit] for unit in order]
    assert [line.split()[1] for line in named] == [f"{100 * shares[unit]:.1f}" for unit in order]
    written = last_layer(tmp_path / "out/photo")["top_classes"]
    assert [share["probability"] for share in written] == shares[order].round(6).tolist()
    # What is up to date says the same again.
    assert cnnviz("run", "photo.png", "-c", "pets.yaml", "--weights", weights, "-o", "out").out == outcome.out


def test_weights_that_were_not_all_loaded_take_it_for_nothing(cnnviz: Invoke, weights: Path, tmp_path: Path) -> None:
    assert "Top classes" not in cnnviz("run", "photo.png", "-c", "pets.yaml", "-o", "out").out
    renamed = STACK.replace("name: hidden", "name: other")
    (tmp_path / "other.yaml").write_text(renamed)
    outcome = cnnviz("run", "photo.png", "-c", "other.yaml", "--weights", weights, "-o", "partly")
    assert "weights of 1 of 2 layers from a file" in outcome.out
    assert "Top classes" not in outcome.out
    assert "top_classes" not in last_layer(tmp_path / "partly/photo")


def test_classes_do_not_disturb_a_comparison(cnnviz: Invoke, weights: Path, tmp_path: Path) -> None:
    picture(tmp_path / "pets/a.png", 1)
    for output in ("one", "two"):
        assert cnnviz("run", "pets", "-c", "pets.yaml", "--weights", weights, "-o", output).status == 0
    assert cnnviz("compare", "one", "two").status == 0
