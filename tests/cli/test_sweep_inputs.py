"""Pictures and files of weights as choices of a sweep."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.helpers.commands import Outcome, picture

Invoke = Callable[..., Outcome]


def test_pictures_and_weights_are_choices_too(cnnviz: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / "more/a.png", 3)
    picture(tmp_path / "more/b,=.png", 4)
    for seed in (5, 6):
        cnnviz("run", "photo.png", "-c", "stack.yaml", "--seed", seed, "-o", f"seed{seed}", "--no-html")
    odd = tmp_path / "odd,name.h5"
    (tmp_path / "seed6/weights.h5").rename(odd)
    weights = "none,seed5/weights.h5"
    outcome = cnnviz("sweep", "photo.png", "more", "-c", "stack.yaml", "--weights", weights, "-o", "out")
    assert outcome.status == 0
    report = json.loads((tmp_path / "out/sweep.json").read_bytes())
    options = {option["name"]: option["values"] for option in report["options"]}
    assert options["weights"] == ["none", "seed5/weights.h5"]
    assert len(options["picture"]) == 3
    for one in report["combinations"]:
        assert one["arguments"][0] == one["values"][0]
        ran = cnnviz("run", *one["arguments"], "-c", "stack.yaml", "-o", "alone", "--no-html")
        assert ran.status == 0, ran.err
        alone = json.loads(next((tmp_path / "alone").glob("*/report.json")).read_bytes())
        assert [layer["stats"] for layer in alone["layers"]] == [layer["stats"] for layer in one["layers"]]
        shutil.rmtree(tmp_path / "alone")
    one = cnnviz("sweep", "photo.png", "-c", "stack.yaml", "--weights", odd.name, "--activation", "relu,tanh")
    assert one.status == 0, "a file with a comma in its name"
    for arguments, said in (
        (["photo.png", "--weights", "none,none"], "twice"),
        (["photo.png", "--weights", "none,nothing.h5"], "nothing.h5"),
        (["photo.png", "--weights", "none"], "nothing to compare"),
    ):
        failed = cnnviz("sweep", *arguments, "-c", "stack.yaml")
        assert failed.status == 2
        assert said in failed.err


def test_a_sweep_needs_a_config(cnnviz: Invoke) -> None:
    assert "--config is missing" in cnnviz("sweep", "photo.png", "--seed", "1,2").err


def test_pictures_of_one_name_from_other_places_are_told_apart(cnnviz: Invoke, tmp_path: Path) -> None:
    for number, folder in enumerate(("one", "two")):
        picture(tmp_path / f"{folder}/same.png", number)
    named = [tmp_path / "one/same.png", tmp_path / "two/same.png", tmp_path / "one/../two/same.png"]
    outcome = cnnviz("sweep", *named, "-c", "stack.yaml", "-o", "out", "--json")
    assert outcome.status == 0, outcome.err
    (option,) = json.loads(outcome.out)["options"]
    assert option["values"] == [str(path) for path in named[:2]]
