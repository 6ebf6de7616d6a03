"""Networks as exporters write them, every tensor against ONNX's reference evaluator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import ModelError, UsageError
from cnnviz.interchange.model import ImportOptions
from tests.interchange.onnx.running import assert_same, both, imported, model, node

pytest.importorskip("onnx", reason="needs cnnviz[onnx]")

rng = np.random.default_rng(7)


def weights(*shape: int) -> np.ndarray[Any, Any]:
    return (rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]) or 1)).astype(np.float32)


def layers(found: Any) -> list[dict[str, Any]]:
    return list(found.model.document["layers"])


def kinds(found: Any) -> list[str]:
    return [layer["type"] for layer in layers(found)]


def test_a_small_classifier(tmp_path: Path) -> None:
    proto = model(
        [
            node("Conv", "x w1 b1", "c1", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            node("Relu", "c1", "r1"),
            node("MaxPool", "r1", "p1", kernel_shape=[2, 2], strides=[2, 2]),
            node("Conv", "p1 w2", "c2", kernel_shape=[3, 3], strides=[2, 1], pads=[0, 1, 1, 0]),
            node("Relu", "c2", "r2"),
            node("Flatten", "r2", "f", axis=1),
            node("Gemm", "f w3 b3", "y", transB=1, alpha=0.5, beta=2.0),
            node("Softmax", "y", "s", axis=1),
        ],
        [1, 3, 12, 14],
        {
            "w1": weights(8, 3, 3, 3),
            "b1": weights(8),
            "w2": weights(6, 8, 3, 3),
            "w3": weights(5, 6 * 3 * 6),
            "b3": weights(5),
        },
    )
    found, pairs = both(proto, tmp_path)
    assert kinds(found) == [
        "Conv2D",
        "Activation",
        "MaxPooling2D",
        "Conv2D",
        "Activation",
        "Flatten",
        "Dense",
        "Activation",
    ]
    assert found.model.document["input"]["size"] == [12, 14]
    assert_same(pairs, "s")


X3 = [node("Add", "x three", "a"), node("Clip", "a zero six", "c")]
NUMBERS = {
    "three": np.float32(3),
    "zero": np.float32(0),
    "six": np.float32(6),
    "half": np.float32(0.5),
    "one": np.float32(1),
    "two": np.float32(2),
    "root": np.float32(np.sqrt(2)),
    "cube": np.float32(0.044715),
    "pi": np.float32(np.sqrt(2 / np.pi)),
    "beta": np.float32(1.7),
    "tiny": np.float32(1e-3),
    "gamma": weights(4).reshape(4, 1, 1),
    "delta": weights(4).reshape(4, 1, 1),
    "ones": np.ones(2, np.float32),
    "zeros": np.zeros(2, np.float32),
    "groups": np.array([0, 2, -1]),
    "maps": np.array([1, 4, 6, 5]),
    "shuffle": np.array([1, 2, 2, 6, 5]),
    "matrix": weights(120, 3),
    "row": np.array([1, -1]),
    "small": weights(4, 7),
    "kernel": weights(3, 4, 1, 1),
    "offset": weights(3).reshape(1, 3, 1, 1),
}
CENTRED = [node("ReduceMean", "x", "m", axes=[2, 3]), node("Sub", "x m", "d"), node("Pow", "d two", "q")]
SPREAD = [node("ReduceMean", "q", "v", axes=[2, 3]), node("Add", "v tiny", "t"), node("Sqrt", "t", "s")]
SCALED = [node("Mul", "n gamma", "g"), node("Add", "g delta", "y")]
TAKEN_APART = {
    "hard-swish, divided last": ([*X3, node("Mul", "x c", "p"), node("Div", "p six", "y")], ["hard_swish"]),
    "hard-swish, divided first": ([*X3, node("Div", "c six", "p"), node("Mul", "p x", "y")], ["hard_swish"]),
    "gelu by erf": (
        [
            node("Div", "x root", "a"),
            node("Erf", "a", "e"),
            node("Add", "e one", "p"),
            node("Mul", "x p", "q"),
            node("Mul", "q half", "y"),
        ],
        ["gelu"],
    ),
    "gelu by erf, halved first": (
        [
            node("Div", "x root", "a"),
            node("Erf", "a", "e"),
            node("Add", "e one", "p"),
            node("Mul", "x half", "q"),
            node("Mul", "q p", "y"),
        ],
        ["gelu"],
    ),
    "gelu by tanh": (
        [
            node("Pow", "x three", "a"),
            node("Mul", "a cube", "b"),
            node("Add", "x b", "c"),
            node("Mul", "c pi", "d"),
            node("Tanh", "d", "e"),
            node("Add", "e one", "f"),
            node("Mul", "x f", "g"),
            node("Mul", "g half", "y"),
        ],
        ["gelu_tanh"],
    ),
    "silu": ([node("Sigmoid", "x", "s"), node("Mul", "s x", "y")], ["silu"]),
    "swish": ([node("Mul", "x beta", "b"), node("Sigmoid", "b", "s"), node("Mul", "x s", "y")], ["Swish"]),
    "instance normalisation": ([*CENTRED, *SPREAD, node("Div", "d s", "n"), *SCALED], ["GroupNormalization"]),
    "instance normalisation by a reciprocal": (
        [*CENTRED, *SPREAD, node("Div", "one s", "r"), node("Mul", "d r", "n"), *SCALED],
        ["GroupNormalization"],
    ),
    "group normalisation": (
        [
            node("Reshape", "x groups", "a"),
            node("InstanceNormalization", "a ones zeros", "b"),
            node("Reshape", "b maps", "n"),
            *SCALED,
        ],
        ["GroupNormalization"],
    ),
    "channel shuffle": (
        [
            node("Reshape", "x shuffle", "a"),
            node("Transpose", "a", "b", perm=[0, 2, 1, 3, 4]),
            node("Reshape", "b maps", "c"),
            node("Conv", "c kernel", "y"),
        ],
        ["ChannelShuffle", "Conv2D"],
    ),
    "a bias beside": ([node("Conv", "x kernel", "c"), node("Add", "c offset", "y")], ["Conv2D"]),
    "global pooling by means": (
        [node("ReduceMean", "x", "p", axes=[-1, -2], keepdims=0), node("MatMul", "p small", "y")],
        ["GlobalAveragePooling2D", "Dense"],
    ),
    "turned before it is flat": (
        [
            node("Transpose", "x", "t", perm=[0, 3, 1, 2]),
            node("Reshape", "t row", "f"),
            node("Gemm", "f matrix", "y"),
        ],
        ["Flatten", "Dense"],
    ),
    "dense over channels last": (
        [
            node("Transpose", "x", "t", perm=[0, 2, 3, 1]),
            node("MatMul", "t small", "d"),
            node("Transpose", "d", "y", perm=[0, 3, 1, 2]),
        ],
        ["Dense"],
    ),
    "squeeze and excitation": (
        [
            node("GlobalAveragePool", "x", "p"),
            node("Sigmoid", "p", "s"),
            node("Mul", "x s", "y"),
        ],
        ["GlobalAveragePooling2D", "sigmoid", "Multiply"],
    ),
}


@pytest.mark.parametrize("name", TAKEN_APART)
def test_what_exporters_take_apart_is_put_together(name: str, tmp_path: Path) -> None:
    nodes, expected = TAKEN_APART[name]
    read = {one for node in nodes for one in node.input}
    proto = model(nodes, [1, 4, 6, 5], {key: array for key, array in NUMBERS.items() if key in read})
    found, pairs = both(proto, tmp_path)
    layers = found.model.document["layers"]
    assert [layer.get("activation", layer["type"]) for layer in layers] == expected
    assert pairs
    assert_same([pair for pair in pairs if pair[0] != "t"], found.tensors[layers[-1]["name"]])


def test_sizes_that_the_file_leaves_open_stay_open(tmp_path: Path) -> None:
    proto = model([node("Conv", "x kernel", "y")], ["n", 4, "h", "w"], {"kernel": NUMBERS["kernel"]})
    found, pairs = both(proto, tmp_path)
    assert "size" not in found.model.document["input"]
    assert_same(pairs, "y")


def test_sizes_that_layers_depend_on_are_asked_for(tmp_path: Path) -> None:
    nodes = [node("Flatten", "x", "f"), node("Gemm", "f matrix", "y")]
    proto = model(nodes, [1, 4, "h", "w"], {"matrix": NUMBERS["matrix"]})
    found, pairs = both(proto, tmp_path, ImportOptions(height=6, width=5))
    assert found.model.document["input"]["size"] == [6, 5]
    assert_same(pairs, "y")


def by_place(shape: list[int | str]) -> Any:
    """Return a model that takes a mean picture away, and goes on with constants that differ from place to place."""
    return model(
        [
            node("Sub", "x mean", "centred"),
            node("Conv", "centred w", "maps", kernel_shape=[1, 1]),
            node("Add", "maps positions", "marked"),
            node("Div", "marked rows", "weighed"),
            node("Sub", "grid weighed", "apart"),
            node("Transpose", "apart", "last", perm=[0, 2, 3, 1]),
            node("Mul", "last mask", "y"),
        ],
        shape,
        {
            "mean": weights(3, 5, 6),
            "w": weights(4, 3, 1, 1),
            "positions": weights(1, 4, 5, 6),
            "rows": 2 + weights(5, 1),
            "grid": weights(1, 1, 1, 6),
            "mask": (weights(5, 6, 1) > 0).astype(np.float32),
        },
    )


def test_constants_may_have_a_number_for_every_place(tmp_path: Path) -> None:
    found, pairs = both(by_place([1, 3, 5, 6]), tmp_path)
    assert_same(pairs, "y")
    assert kinds(found) == ["ElementwiseAffine", "Conv2D", *["ElementwiseAffine"] * 4]
    fields = [{k: v for k, v in it.items() if k in ("scale", "center", "shared_axes")} for it in layers(found)]
    assert fields == [
        {"scale": False},
        {},
        {"scale": False},
        {"center": False, "shared_axes": [2, 3]},
        {"shared_axes": [1, 3]},
        {"center": False, "shared_axes": [3]},
    ]


def test_constants_of_another_size_ask_for_the_picture_s(tmp_path: Path) -> None:
    proto = by_place([1, 3, "h", "w"])
    with pytest.raises(ModelError, match=r"its constant of \[3, 5, 6\] does not fit .*--input-size"):
        imported(proto, tmp_path)
    assert_same(both(proto, tmp_path, ImportOptions(height=5, width=6))[1], "y")


def test_further_inputs_are_constants(tmp_path: Path) -> None:
    from onnx import helper

    proto = model(
        [node("Mul", "x strength", "y")], [1, 4, 6, 5], inputs=[helper.make_tensor_value_info("strength", 1, [])]
    )
    with pytest.raises(UsageError, match="--set-input"):
        both(proto, tmp_path)
    _, pairs = both(proto, tmp_path, ImportOptions(set_inputs={"strength": 2.5}))
    assert_same(pairs, "y")
    with pytest.raises(UsageError, match="'other'"):
        both(proto, tmp_path, ImportOptions(set_inputs={"other": 2.5}))


def test_the_stack_ends_where_one_says(tmp_path: Path) -> None:
    proto = model([node("Relu", "x", "r"), node("TopK", "r", "t")], [1, 4, 6, 5])
    for end in ("r", "the_r"):
        assert kinds(imported(proto, tmp_path, ImportOptions(until=end))) == ["Activation"]
    proto = model([node("Relu", "x", "/r"), node("Tanh", "/r", "t")], [1, 4, 6, 5])
    assert kinds(imported(proto, tmp_path, ImportOptions(until="r"))) == ["Activation"]
    with pytest.raises(UsageError, match="'nowhere'"):
        imported(proto, tmp_path, ImportOptions(until="nowhere"))


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    proto = model(
        [node("Sin", "x", "a"), node("Relu", "a", "b"), node("Cos", "b", "c"), node("TopK", "c", "y")], [1, 4, 6, 5]
    )
    with pytest.raises(ModelError) as found:
        imported(proto, tmp_path)
    text = str(found.value)
    assert all(
        f'node {place} "the_{end}" (ai.onnx {op}, opset 17)' in text
        for place, op, end in [(0, "Sin", "a"), (2, "Cos", "c"), (3, "TopK", "y")]
    )


def test_a_network_in_float64(tmp_path: Path) -> None:
    kernel = NUMBERS["kernel"].astype(np.float64)
    proto = model(
        [node("Conv", "x kernel", "c"), node("Softplus", "c", "r"), node("GlobalAveragePool", "r", "y")],
        [1, 4, 6, 5],
        {"kernel": kernel},
        dtype=np.float64,
    )
    _, pairs = both(proto, tmp_path)
    assert_same(pairs, "y", 1e-12)


def test_channels_last_of_tensorflow(tmp_path: Path) -> None:
    proto = model(
        [
            node("Transpose", "x", "t", perm=[0, 3, 1, 2]),
            node("Conv", "t kernel", "c"),
            node("Transpose", "c", "b", perm=[0, 2, 3, 1]),
            node("Relu", "b", "y"),
        ],
        [1, 6, 5, 4],
        {"kernel": NUMBERS["kernel"]},
    )
    proto.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 6
    found, pairs = both(proto, tmp_path)
    assert kinds(found) == ["Conv2D", "Activation"]
    assert found.input_shape == (6, 5, 4)
    assert_same(pairs, "y")


def test_merges_in_which_all_are_stretched(tmp_path: Path) -> None:
    nodes = [
        node("Conv", "x w", "c"),
        node("ReduceMax", "c", "rows", axes=[1], keepdims=1),
        node("GlobalAveragePool", "c", "channels"),
        node("Mul", "rows channels", "m"),
        node("Transpose", "rows", "turned", perm=[0, 2, 3, 1]),
        node("Transpose", "channels", "last", perm=[0, 2, 3, 1]),
        node("Add", "turned last", "n"),
        node("Transpose", "n", "back", perm=[0, 3, 1, 2]),
        node("Sub", "m back", "y"),
    ]
    found, pairs = both(model(nodes, [1, 3, 8, 9], {"w": weights(4, 3, 1, 1)}), tmp_path)
    assert {"Multiply", "Add", "Subtract"} <= set(kinds(found))
    assert_same(pairs, "y")


@pytest.mark.parametrize(("axes", "keep"), [([2, 3], 1), ([1], 1), ([2], 1), ([2, 3], 0)])
def test_the_smallest_along_axes(axes: list[int], keep: int, tmp_path: Path) -> None:
    nodes = [node("Conv", "x w", "c"), node("ReduceMin", "c", "y", axes=axes, keepdims=keep)]
    _, pairs = both(model(nodes, [1, 3, 8, 9], {"w": weights(4, 3, 1, 1)}), tmp_path)
    assert_same(pairs, "y")


@pytest.mark.parametrize("shape", [(1, 1, 1, 7), (1, 1, 7, 1), (1, 5, 1, 1), (1, 1, 1, 1)])
def test_axes_of_length_1_are_not_exchanged(shape: tuple[int, ...], tmp_path: Path) -> None:
    nodes = [
        node("Transpose", "x", "last", perm=[0, 2, 3, 1]),
        node("Pad", "last pads", "wide"),
        node("Concat", "wide wide", "two", axis=1),
        node("Transpose", "two", "y", perm=[0, 3, 1, 2]),
    ]
    _, pairs = both(model(nodes, shape, {"pads": np.array([0, 1, 2, 0, 0, 0, 3, 0])}), tmp_path)
    assert_same(pairs, "two")


def test_quantised_weights_are_read_and_quantised_values_are_refused_by_name(tmp_path: Path) -> None:
    kernel = rng.integers(-127, 127, (4, 3, 3, 3)).astype(np.int8)
    stored = {"k": kernel, "s": np.array([0.1, 0.2, 0.3, 0.4], np.float32), "z": np.zeros(4, np.int8)}
    nodes = [node("DequantizeLinear", "k s z", "w", axis=0), node("Conv", "x w", "y")]
    found, pairs = both(model(nodes, [1, 3, 8, 9], stored, opset=21), tmp_path)
    assert kinds(found) == ["Conv2D"]
    assert_same(pairs, "y")
    stored |= {"scale": np.array(0.1, np.float32), "zero": np.array(3, np.uint8), "f": weights(4, 3, 3, 3)}
    nodes = [
        node("QuantizeLinear", "x scale zero", "q"),
        node("DequantizeLinear", "q scale zero", "d"),
        node("Conv", "d f", "y"),
    ]
    with pytest.raises(ModelError) as refused:
        imported(model(nodes, [1, 3, 8, 9], stored), tmp_path)
    assert "the_q" in str(refused.value) and "quantised" in str(refused.value)
