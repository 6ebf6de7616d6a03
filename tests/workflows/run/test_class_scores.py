"""What was recognised, on top of the page: scores and probabilities of a network with all its weights."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cnnviz.cli import execute
from cnnviz.render.kit.numbers import percent, short
from tests.helpers.rows import each

CONV: dict[str, Any] = {"type": "Conv2D", "name": "conv", "filters": 3, "kernel_size": 3, "activation": "relu"}
POOL: dict[str, Any] = {"type": "GlobalAveragePooling2D", "name": "pool"}


def dense(units: int = 6, **more: Any) -> dict[str, Any]:
    return {"type": "Dense", "name": "scores", "units": units, **more}


# The layers after the pooling, the layers with a number for each class, whether scores and probabilities are told.
ENDS: dict[str, tuple[list[dict[str, Any]], list[str], bool]] = {
    "softmax in the last layer": ([dense(activation="softmax")], ["scores"], True),
    "softmax by itself": ([dense(), {"type": "Softmax", "name": "end"}], ["scores", "end"], True),
    "an activation": (
        [dense(), {"type": "Activation", "name": "end", "activation": "softmax"}],
        ["scores", "end"],
        True,
    ),
    "something idle after it": (
        [dense(activation="softmax"), {"type": "Dropout", "name": "idle", "rate": 0.5}],
        ["scores", "idle"],
        True,
    ),
    "one sigmoid": ([dense(1, activation="sigmoid")], ["scores"], True),
    "scores without names": ([dense()], ["scores"], False),
    "no scores": ([dense(1)], [], False),
}


def make(folder: Path, layers: list[dict[str, Any]], weights: bool = True, classes: list[str] | None = None) -> str:
    """Run a stack over random numbers, with weights of a file if so wished; returns the page."""
    names = {} if classes is None else {"classes": classes}
    (folder / "stack.yaml").write_text(json.dumps({"name": "ends", "layers": [CONV, POOL, *layers], **names}))
    np.save(folder / "in.npy", np.random.default_rng(1).standard_normal((9, 8, 2)) * 3)
    command = ["run", str(folder / "in.npy"), "-c", str(folder / "stack.yaml"), "-qq", "--save-activations"]
    assert execute([*command, "-o", str(folder / "first")]) == 0
    more = ["--weights", str(next(folder.glob("first/**/weights.h5")))] if weights else []
    assert execute([*command, "-o", str(folder / "out"), *more]) == 0
    return (folder / "out/in/index.html").read_text()


def rows(text: str) -> list[tuple[str, str, str]]:
    """Return name, score and probability of each class on top of a page."""
    body = re.search(r'<section class="recognised".*?<tbody>(.*?)</tbody>', text, re.DOTALL)
    found = re.findall(r"<tr>(.*?)</tr>", body[1] if body else "", re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(?:<a[^>]*>)?([^<]*)(?:</a>)?</t[hd]>", row) for row in found]
    return [(unescape(name), score.replace("\N{MINUS SIGN}", "-"), unescape(share)) for name, score, share in cells]


@each("case", ENDS)
def test_scores_and_probabilities_are_those_of_the_network(case: str, tmp_path: Path) -> None:
    layers, holding, told = ENDS[case]
    text = make(tmp_path, layers)
    model = json.loads(re.findall(r'id="model">(.*?)</script>', text)[0])
    assert [model["layers"][number]["name"] for number in model["classLayers"]] == holding
    found = rows(text)
    assert bool(found) == told
    if not told:
        return
    weights: dict[str, Any] = {}
    with h5py.File(next(tmp_path.glob("first/**/weights.h5"))) as file:
        file.visititems(
            lambda path, found: weights.update({path: found[()]} if isinstance(found, h5py.Dataset) else {})
        )
    kernel, bias = (
        next(found for path, found in weights.items() if "scores" in path and found.ndim == axes) for axes in (2, 1)
    )
    with h5py.File(tmp_path / "out/in/activations.h5") as file:
        logits = file["pool"][:] @ kernel + bias
        output = file[layers[-1]["name"]][:]
    if len(logits) == 1:
        two = [
            ("0", "-", percent(1 - output[0], exact=False)),
            ("1", short(logits[0]), percent(output[0], exact=False)),
        ]
        assert found == (two if output[0] < 0.5 else two[::-1])
        return
    order = np.argsort(-logits)[:5]
    assert found == [(str(n), short(float(logits[n])), percent(float(output[n]), exact=False)) for n in order]
    shares = np.exp(logits - logits.max())
    np.testing.assert_allclose(output, shares / shares.sum())


def test_names_are_enough_where_the_stack_ends_in_scores(tmp_path: Path) -> None:
    found = rows(make(tmp_path, [dense()], classes=["ant", "bee", "<cat>", "dog", "eel", "fox"]))
    assert len(found) == 5
    assert {name for name, _, _ in found} <= {"ant", "bee", "<cat>", "dog", "eel", "fox"}


@pytest.mark.parametrize("layers", [[dense(activation="softmax")], [dense()]], ids=["softmax", "scores"])
def test_made_up_weights_recognise_nothing(layers: list[dict[str, Any]], tmp_path: Path) -> None:
    assert rows(make(tmp_path, layers, weights=False, classes=list("abcdef"))) == []
