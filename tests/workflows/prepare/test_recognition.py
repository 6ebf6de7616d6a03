from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnviz.ops.activations.levelling import softmax
from cnnviz.render.classes import Recognition
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.recognition import recognise
from cnnviz.workflows.prepare.request import StackRequest

PIXELS = np.random.default_rng(5).normal(size=(3, 4, 1))


def ends_in(*layers: object, weights: Path | None = None) -> Recognition | None:
    config = {"name": "ends", "classes": ["ant", "bee", "cat"], "layers": ["Flatten", *layers]}
    preparation = Preparation(StackRequest(config=config, weights=weights))
    network = preparation.network(PIXELS.shape)
    if weights is None:
        network.save_weights("w.h5")
        assert recognise(network, PIXELS) is None  # made-up weights take it for anything
        return ends_in(*layers, weights=Path("w.h5"))
    found = recognise(network, PIXELS)
    last = network.forward(PIXELS)[network.nodes[-1].layer.name]
    if found is not None:
        likely = last if last.sum() == pytest.approx(1) else softmax(last)
        for one in found.likely:
            assert one.share == pytest.approx(float(likely[one.unit]))
    return found


def test_the_scores_are_those_before_softmax_however_the_stack_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dense = {"type": "Dense", "name": "scores", "units": 3}
    plain = ends_in(dense)
    inside = ends_in({**dense, "activation": "softmax"})
    after = ends_in(dense, {"type": "Softmax"}, {"type": "Dropout", "rate": 0.5})
    assert plain is not None and inside is not None and after is not None
    for found in (inside, after):
        assert [(one.name, one.score) for one in found.likely] == [(one.name, one.score) for one in plain.likely]
    assert ends_in({"type": "Reshape", "target_shape": [2, 2, 3]}) is None
