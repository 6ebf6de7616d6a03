"""What the terminal says was recognised, and that random weights recognise nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cnnviz as public
from tests.helpers.commands import Outcome
from tests.helpers.rows import each

Cli = Callable[..., Outcome]

STACK = """\
{classes}
input: {{color: gray, size: [4, 4], scale: 1/255}}
layers: [Flatten, {{type: Dense, name: scores, units: {units}, activation: {end}}}]
"""
LENET5 = ("run", "sample:digits/7", "-c", "lenet5", "--no-maps", "--no-html")
EXPLAIN = ("explain", "sample:digits/7", "-c", "lenet5", "--layer", "conv_1")
TRAINED = ("--weights", "sample:lenet5")


@pytest.mark.slow
def test_the_line_is_said_before_the_path_and_for_each_of_several(cnnviz: Cli) -> None:
    once = cnnviz(*LENET5, *TRAINED, "-o", "out").out.splitlines()
    assert once[-2].startswith("recognised: 7 (")
    assert ", then " in once[-2]
    assert cnnviz(*LENET5, *TRAINED, "-o", "out").out.splitlines()[-2:] == once[-2:]  # up to date
    two = ("run", "sample:digits/7", "sample:digits/8", "-c", "lenet5", *TRAINED, "-o", "two", "--no-maps")
    for workers in (1, 2):
        lines = cnnviz(*two, "--workers", workers).out.splitlines()
        assert [line.split("  recognised: ")[1][:3] for line in lines] == ["7 (", "8 ("]
    assert cnnviz(*LENET5, *TRAINED, "-o", "out", "-q").out == f"{once[-1]}\n"
    assert set(json.loads(cnnviz(*LENET5, *TRAINED, "-o", "out", "--jsonl").out)) == {
        *("file", "folder", "status", "message", "seconds")
    }


@each(
    ("classes", "units", "end", "line"),
    [
        ("classes: [no, so, yes]", 3, "softmax", "yes (> 99.9 %), then "),
        ("", 3, "softmax", "class 2 (> 99.9 %), then class "),
        ("classes: [no, yes]", 1, "sigmoid", "yes (> 99.9 %), then no (< 0.1 %)"),
        ("classes: [no, so, yes]", 3, "linear", "yes (> 99.9 %), then "),
        ("", 3, "linear", ""),  # numbers that stand for nothing
    ],
)
def test_classes_are_named_as_the_stack_names_them(cnnviz: Cli, classes: str, units: int, end: str, line: str) -> None:
    Path("stack.yaml").write_text(STACK.format(classes=classes, units=units, end=end))
    network = public.load_stack("stack.yaml").build((4, 4, 1))
    network.weights["scores"]["bias"][-1] = 90
    network.save_weights("w.h5")
    np.save("flat.npy", np.zeros((4, 4)))
    out = cnnviz("run", "flat.npy", "-c", "stack.yaml", "--weights", "w.h5", "--no-html").out
    said = [text for text in out.splitlines() if text.startswith("recognised: ")]
    assert said == [] if not line else said[0].startswith(f"recognised: {line}")


CHANCE = "has random weights, so what it recognises is chance"
LAYERS = "layers: [Flatten, {type: Dense, units: 2, kernel_initializer: ones}]"


@each(
    ("arguments", "said"),
    [
        (LENET5, "say --weights sample:lenet5"),
        (EXPLAIN, "say --weights sample:lenet5"),
        ((*EXPLAIN, "--activation", "relu"), "`cnnviz train` trains it"),  # not what those were trained for
        (("explain", "photo.png", "-c", "cifar10", "--layer", "conv_1"), "`cnnviz train` trains it"),
        ((*EXPLAIN, *TRAINED), ""),
        ((*EXPLAIN, "--seed", 3), ""),  # asked for
        ((*EXPLAIN, "--initializer", "he_uniform"), ""),
        (("run", "photo.png", "-c", "stack.yaml"), ""),  # recognises nothing
        (("run", "photo.png", "-c", "ones.yaml"), ""),
        (("shapes", "-c", "lenet5"), ""),
    ],
)
def test_random_weights_of_what_is_to_recognise_are_said(cnnviz: Cli, arguments: tuple[object, ...], said: str) -> None:
    Path("ones.yaml").write_text("input: {size: [3, 3]}\nclasses: [a, b]\n" + LAYERS)
    done = cnnviz(*arguments)
    assert done.status == 0
    assert (CHANCE in done.err) is bool(said)
    assert said in done.err
    assert "recognised: " not in done.out
