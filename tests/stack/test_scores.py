"""Where classes are read off: the logits of any end are those of which its own output is the softmax or sigmoid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz.config.load import load
from cnnviz.errors import ConfigError, UsageError
from cnnviz.stack.graph import infer
from cnnviz.stack.network import Network
from cnnviz.stack.scores import Scores, find_scores, unit_names
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import make_weights
from cnnviz.training.losses import cross_entropy
from tests.helpers.rows import each

SHAPE = (4, 4, 1)
LABELS = np.array([0, 2, 1, 2, 0])


def stack(*layers: dict[str, Any] | str, **fields: Any) -> Stack:
    return load({"input": {"color": "gray"}, "layers": ["Flatten", *layers], **fields}).stack


def scores(whole: Stack) -> Scores:
    return find_scores(whole, infer(whole, SHAPE))


def outputs(*stacks: Stack) -> list[np.ndarray]:
    weights = make_weights(infer(stacks[0], SHAPE), 1)
    pixels = np.random.default_rng(0).uniform(0, 9, (5, *SHAPE))
    return [list(Network(one, SHAPE, infer(one, SHAPE), weights).forward(pixels).values())[-1] for one in stacks]


DENSE = {"type": "Dense", "name": "scores", "units": 3}
SOFT = DENSE | {"activation": "softmax"}
SPREAD = {"type": "Reshape", "target_shape": [1, 3, 1]}
SWAP = {"type": "Permute", "dims": [2, 3, 1]}
ENDS: dict[str, tuple[dict[str, Any] | str, ...]] = {
    "a layer's activation": (SOFT,),
    "a layer of its own": (DENSE, "Softmax"),
    "an activation layer": (DENSE, {"type": "Activation", "activation": "softmax"}),
    "a softmax that reads another than the layer before": (
        DENSE,
        {"type": "Dense", "name": "aside", "units": 5, "inputs": ["flatten"]},
        {"type": "Softmax", "inputs": ["scores"]},
    ),
    "another shape after it": (SOFT, {"type": "Reshape", "target_shape": [3]}),
    "other shapes after it": (DENSE, "Softmax", SPREAD, SWAP, {"type": "Flatten", "name": "last"}),
    "a softmax over any axis that has all classes": (DENSE, SPREAD, {"type": "Softmax", "axis": 2}, "Flatten"),
    "over several axes": (DENSE, SPREAD, {"type": "Softmax", "axis": [1, 2, 3]}, "Flatten"),
    "what does nothing outside training": (SOFT, {"type": "Dropout", "rate": 0.5}),
    "linear": (SOFT, {"type": "Activation", "activation": "linear"}),
    "what leaves shares alone": (SOFT, "ReLU", {"type": "Activation", "activation": "relu"}, "LeakyReLU", "ELU"),
    "one pixel": (
        {"type": "Reshape", "target_shape": [1, 1, 16]},
        {"type": "Conv2D", "filters": 3, "kernel_size": 1, "activation": "softmax"},
        "GlobalAveragePooling2D",
    ),
    "two in a row": (SOFT, "Softmax"),
    "two in a row, and more": (SOFT, {"type": "Dropout", "rate": 0.2}, "Softmax", SPREAD, "Flatten"),
}


@each("layers", ENDS.values(), ids=ENDS)
def test_cross_entropy_of_the_logits_is_that_of_the_stacks_own_shares(layers: tuple[Any, ...]) -> None:
    whole = stack(*layers)
    found = scores(whole)
    assert (found.shares, found.classes) == ("softmax", 3)
    assert [layer.name for layer in found.stack.layers] == [layer.name for layer in whole.layers]
    shares, logits = outputs(whole, found.stack)
    assert shares.sum(axis=1) == pytest.approx(1)
    loss = cross_entropy(logits, LABELS)
    assert loss.value == pytest.approx(-np.log(shares[np.arange(5), LABELS]).mean(), rel=1e-12)
    np.testing.assert_allclose(loss.gradient, (shares - np.eye(3)[LABELS]) / 5, atol=1e-15)
    assert loss.correct == (shares.argmax(axis=1) == LABELS).sum()


@each("tail", [(), ({"type": "Reshape", "target_shape": [1]},), ({"type": "Dropout", "rate": 0.1},)])
@each("kind", ["field", "layer"])
def test_one_sigmoid_tells_two_classes_apart(kind: str, tail: tuple[Any, ...]) -> None:
    one = {"type": "Dense", "name": "scores", "units": 1}
    bend = {"type": "Activation", "activation": "sigmoid"}
    whole = stack(*((one | {"activation": "sigmoid"},) if kind == "field" else (one, bend)), *tail)
    found = scores(whole)
    assert (found.shares, found.classes) == ("sigmoid", 2)
    shares, logits = outputs(whole, found.stack)
    labels, p = LABELS % 2, shares[:, 0]
    loss = cross_entropy(logits, labels)
    assert loss.value == pytest.approx(-np.log(np.where(labels, p, 1 - p)).mean(), rel=1e-12)
    np.testing.assert_allclose(loss.gradient[:, 0], (p - labels) / 5, atol=1e-15)
    assert loss.correct == ((p > 0.5) == labels).sum()


OTHERS: dict[str, tuple[tuple[dict[str, Any] | str, ...], str]] = {
    "nothing": ((DENSE,), ""),
    "only other shapes": ((DENSE, SPREAD, "Flatten"), ""),
    "dropped scores": ((DENSE, {"type": "Dropout", "rate": 0.5}), ""),
    "relu": ((DENSE | {"activation": "relu"},), 'the stack ends in relu at Dense "scores"'),
    "a layer that bends": ((DENSE, "ReLU", SPREAD, "Flatten"), 'the stack ends in relu at ReLU "re_lu"'),
    "several sigmoids": ((DENSE | {"activation": "sigmoid"},), "several labels a picture are not offered"),
    "a softmax of each pixel": (
        (
            {"type": "Reshape", "target_shape": [2, 2, 4]},
            {"type": "Conv2D", "filters": 3, "kernel_size": 1, "activation": "softmax"},
            "Flatten",
        ),
        'softmax at Conv2D "conv2d" works along one axis of 2x2x3, not over all classes',
    ),
    "softmaxes side by side": (
        (SOFT, SOFT | {"name": "more", "inputs": ["flatten"]}, {"type": "Concatenate", "inputs": ["scores", "more"]}),
        'softmax at Dense "scores" is not what the stack ends in: what Concatenate "concatenate" makes of it',
    ),
    "the mean of softmaxes": (
        (SOFT, SOFT | {"name": "more", "inputs": ["flatten"]}, {"type": "Average", "inputs": ["scores", "more"]}),
        "is not what the stack ends in",
    ),
    "a softmax inside": ((SOFT, DENSE | {"name": "last"}), ""),
}


@each(("layers", "remark"), OTHERS.values(), ids=OTHERS)
def test_other_ends_are_scores_as_they_are_and_it_is_said(layers: tuple[Any, ...], remark: str) -> None:
    whole = stack(*layers)
    found = scores(whole)
    assert found.shares is None
    assert found.stack is whole
    assert remark in found.remark if remark else not found.remark


@each(
    ("layers", "remark"),
    [
        ((SOFT,), ""),
        ((DENSE | {"activation": "relu"}, "Softmax"), ""),
        ((DENSE | {"activation": "sigmoid"}, DENSE | {"name": "last", "activation": "softmax"}), ""),
        ((SOFT, "Softmax"), 'softmax at Softmax "softmax" is worked out of what softmax at Dense "scores" leaves'),
        ((SOFT, SPREAD, "Flatten", "Softmax"), 'of what softmax at Dense "scores" leaves'),
        ((DENSE | {"activation": "sigmoid"}, "Softmax"), 'of what sigmoid at Dense "scores" leaves'),
    ],
)
def test_shares_of_shares_are_said(layers: tuple[Any, ...], remark: str) -> None:
    found = scores(stack(*layers))
    assert remark in found.remark if remark else not found.remark


def test_what_is_left_out_of_training() -> None:
    assert scores(stack(SOFT, {"type": "Dropout", "rate": 0.5}, "ReLU", SPREAD, "Flatten")).idle == ("dropout", "re_lu")
    assert scores(stack({"type": "Dropout", "rate": 0.5}, SOFT)).idle == ()


@each(
    ("layers", "message"),
    [
        ((DENSE | {"units": 1},), r"ends in 1 at Dense \"scores\", .*; one unit .* activation `sigmoid`"),
        ((SOFT | {"units": 1},), "one unit tells two classes apart with activation `sigmoid`"),
        (({"type": "Reshape", "target_shape": [4, 2, 2]},), r"ends in 4x2x2 at Reshape \"reshape\", not in a vector"),
    ],
)
def test_an_end_that_is_no_scores(layers: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        scores(stack(*layers))


@each(
    ("end", "names", "of_units"),
    [
        (DENSE, "abc", ("a", "b", "c")),
        (DENSE | {"units": 1, "activation": "sigmoid"}, "ab", ("b",)),
        ({"type": "Reshape", "target_shape": [2, 2, 4]}, "abcd", ("a", "b", "c", "d")),
        (DENSE, "", ()),
    ],
)
def test_names_of_units(end: dict[str, Any], names: str, of_units: tuple[str, ...]) -> None:
    whole = stack(end, classes=list(names))
    assert unit_names(whole, infer(whole, SHAPE)[-1].output_shape) == of_units


@each(("units", "names"), [(3, 2), (3, 4), (1, 1), (1, 3), (2, 1)])
def test_other_names_than_units_are_an_error_with_its_place(units: int, names: int) -> None:
    whole = stack(DENSE | {"units": units}, classes=list("abcd"[:names]))
    with pytest.raises(ConfigError, match=rf"^classes: names {names} classes, but Dense \"scores\" has {units} units"):
        infer(whole, SHAPE)
