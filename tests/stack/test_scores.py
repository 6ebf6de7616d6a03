from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz.config.load import load
from cnnviz.errors import UsageError
from cnnviz.ops.activations import softmax
from cnnviz.stack.graph import infer
from cnnviz.stack.network import Network
from cnnviz.stack.scores import class_names, count_classes, ends_in_softmax, without_softmax
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import make_weights

SHAPE = (4, 4, 1)


def stack(*layers: dict[str, Any], **fields: Any) -> Stack:
    return load({"input": {"color": "gray"}, "layers": ["Flatten", *layers], **fields}).stack


DENSE = {"type": "Dense", "name": "scores", "units": 3}
ENDS = {
    "a layer's activation": (DENSE | {"activation": "softmax"},),
    "a layer of its own": (DENSE, "Softmax"),
    "an activation layer": (DENSE, {"type": "Activation", "activation": "softmax"}),
    "a softmax that reads another than the layer before": (
        DENSE,
        {"type": "Dense", "name": "aside", "units": 5, "inputs": ["flatten"]},
        {"type": "Softmax", "inputs": ["scores"]},
    ),
}


@pytest.mark.parametrize("layers", ENDS.values(), ids=ENDS)
def test_softmax_of_the_logits_is_what_the_stack_ends_in(layers: tuple[Any, ...]) -> None:
    whole = stack(*layers)
    assert ends_in_softmax(whole)
    plain = without_softmax(whole)
    assert not ends_in_softmax(plain)
    assert [layer.name for layer in plain.layers] == [layer.name for layer in whole.layers]

    weights = make_weights(infer(whole, SHAPE), 1)
    pixels = np.random.default_rng(0).uniform(0, 9, (5, *SHAPE))
    shares, logits = (
        list(Network(one, SHAPE, infer(one, SHAPE), weights).forward(pixels).values())[-1] for one in (whole, plain)
    )
    np.testing.assert_allclose(softmax(logits), shares)
    assert abs(logits.sum(axis=1) - 1).min() > 0.01


@pytest.mark.parametrize("layers", [(DENSE,), (DENSE | {"activation": "relu"},), (DENSE, "ReLU")])
def test_other_ends_stay(layers: tuple[Any, ...]) -> None:
    whole = stack(*layers)
    assert not ends_in_softmax(whole)
    assert without_softmax(whole) is whole


def test_names_of_classes() -> None:
    assert class_names(stack(DENSE, classes=["a", "b", "c"]), 3) == ("a", "b", "c")
    assert class_names(stack(DENSE, classes=["a", "b"]), 3) is None
    assert class_names(stack(DENSE), 3) is None


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            (DENSE | {"units": 1},),
            r"ends in 1 at Dense \"scores\", not in a vector with a score for each of two or more",
        ),
        (({"type": "Reshape", "target_shape": [4, 2, 2]},), r"ends in 4x2x2 at Reshape \"reshape\""),
    ],
)
def test_an_end_that_is_no_scores(layers: tuple[Any, ...], message: str) -> None:
    whole = stack(*layers)
    with pytest.raises(UsageError, match=message):
        count_classes(whole, infer(whole, SHAPE))


def test_as_many_classes_as_scores() -> None:
    whole = stack(DENSE)
    assert count_classes(whole, infer(whole, SHAPE)) == 3
