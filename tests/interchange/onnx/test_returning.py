"""What was exported comes back as the stack that it was; what a file says of itself is believed where it is so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz
from cnnviz.interchange import import_model
from cnnviz.interchange.model import ImportedModel, ImportOptions
from cnnviz.layers import all_kinds
from cnnviz.stack.network import Network
from cnnviz.stack.weights import StackWeights
from tests.helpers.examples import all_examples
from tests.helpers.networks import with_random_weights

pytest.importorskip("onnx", reason="onnx is an extra")

import onnx

from cnnviz.interchange.onnx.writing import STACK, onnx_model

BUNDLED = {
    "cifar10": (32, 32, 3),
    "conv_arithmetic": (3, 3, 3),
    "kernel_size": (575, 607, 3),
    "l3": (80, 90, 1),
    "lenet5": (32, 32, 1),
    "mnist_nine_by_nine": (28, 28, 1),
    "mnist_two_conv": (28, 28, 1),
    "residual": (48, 40, 3),
    "walkthrough": (575, 607, 3),
}

SMALL: dict[str, Any] = {
    "name": "small",
    "input": {"size": [10, 12], "scale": 0.5, "std": [1, 2, 3]},
    "classes": ["cat", "dog", "cow"],
    "output": {"colormap": "viridis"},
    "layers": [
        {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "padding": "same", "activation": "relu"},
        {"type": "BatchNormalization", "name": "norm", "epsilon": 0.01},
        {"type": "SeparableConv2D", "name": "apart", "filters": 4, "kernel_size": [1, 3], "padding": "same"},
        {"type": "Add", "name": "sum", "inputs": ["norm", "apart"]},
        {"type": "MaxPooling2D", "name": "pool", "pool_size": 2},
        {"type": "Flatten", "name": "flat"},
        {"type": "Dense", "name": "scores", "units": 3, "activation": "softmax"},
    ],
}


def network_of(document: Any, shape: tuple[int, ...]) -> Network:
    return with_random_weights(cnnviz.load_stack(document).build(shape))


def small() -> Network:
    return network_of(SMALL, (10, 12, 3))


def read(model: bytes | Any, folder: Path, **options: Any) -> ImportedModel:
    path = folder / "net.onnx"
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return import_model(path, ImportOptions(**options))


def assert_the_same(model: ImportedModel, network: Network) -> None:
    assert cnnviz.load_stack(model.document) == network.stack
    assert {layer: set(own) for layer, own in model.weights.items()} == {n: set(w) for n, w in network.weights.items()}
    for layer, own in model.weights.items():
        for name, array in own.items():
            assert array.dtype == np.float32
            np.testing.assert_array_equal(array, network.weights[layer][name])


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_stack_comes_back(name: str, tmp_path: Path) -> None:
    network = network_of(name, BUNDLED[name])
    model = read(onnx_model(network, "0"), tmp_path)
    assert (model.remarks, model.comments, model.sources) == ([], {}, {})
    assert_the_same(model, network)


def test_every_kind_comes_back(tmp_path: Path) -> None:
    layers: list[dict[str, Any]] = []
    for number, (kind, arguments, shapes, _) in enumerate(all_examples()):
        inputs = []
        for place, shape in enumerate(shapes):
            height, width, channels = shape if len(shape) == 3 else (1, 1, *shape)
            name = f"in_{number}_{place}"
            layers.append({"type": "Conv2D", "name": name, "filters": channels, "kernel_size": 1, "inputs": ["input"]})
            layers.append({"type": "Resizing", "name": f"{name}_size", "height": height, "width": width})
            if len(shape) == 1:
                layers.append({"type": "Flatten", "name": f"{name}_flat"})
            inputs.append(layers[-1]["name"])
        layers.append({"type": kind, "name": f"it_{number}", "inputs": inputs, **arguments})
    network = network_of({"layers": layers}, (5, 4, 3))
    assert {type(layer).__name__ for layer in network.stack.layers} == set(all_kinds())
    assert_the_same(read(onnx_model(network, "0"), tmp_path), network)


def test_a_stack_of_any_size_stays_one(tmp_path: Path) -> None:
    model = onnx_model(network_of("l3", (80, 90, 1)), "0")
    assert "size" not in read(model, tmp_path).document["input"]
    assert read(model, tmp_path, height=50, width=60).document["input"]["size"] == [50, 60]
    # The weights of a dense layer are for pictures of one size.
    layers = [{"type": "Flatten", "name": "flat"}, {"type": "Dense", "name": "dense", "units": 2}]
    document = {"layers": layers}
    found = read(onnx_model(network_of(document, (4, 5, 3)), "0"), tmp_path)
    assert found.document["input"] == {"size": [4, 5]}


def test_a_stack_ends_with_a_layer_or_within_one(tmp_path: Path) -> None:
    network = small()
    found = read(onnx_model(network, "0"), tmp_path, until="sum")
    assert [layer["name"] for layer in found.document["layers"]] == ["conv", "norm", "apart", "sum"]
    assert "classes" not in found.document and set(found.weights) == {"conv", "norm", "apart"}
    # What a layer is before its activation is a tensor of the file, too.
    inner = read(onnx_model(network, "0"), tmp_path, until="conv/1")
    assert [layer["type"] for layer in inner.document["layers"]] == ["Conv2D"]


def test_another_name_is_given(tmp_path: Path) -> None:
    assert read(onnx_model(small(), "0"), tmp_path).document["name"] == "small"
    assert read(onnx_model(small(), "0"), tmp_path, name="other").document["name"] == "other"


def change_a_node(model: Any) -> None:
    model.graph.node[1].op_type = "Sigmoid"


def change_an_attribute(model: Any) -> None:
    (epsilon,) = (one for node in model.graph.node for one in node.attribute if one.name == "epsilon")
    epsilon.f = 0.02


def change_what_a_node_reads(model: Any) -> None:
    (node,) = (node for node in model.graph.node if node.op_type == "Add")
    node.input[0] = "conv"


def change_a_constant(model: Any) -> None:
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.INT64:
            tensor.raw_data = np.array([-1, 30, 4], np.int64).tobytes()


def put_a_node_in(model: Any) -> None:
    model.graph.node.append(onnx.helper.make_node("Neg", ["scores"], ["end"]))
    model.graph.output[0].name = "end"


def end_earlier(model: Any) -> None:
    model.graph.output[0].name = "flat"


@pytest.mark.parametrize(
    "change", [change_a_node, change_an_attribute, change_what_a_node_reads, put_a_node_in, end_earlier]
)
def test_a_file_that_was_changed_is_read_as_it_is(change: Callable[[Any], None], tmp_path: Path) -> None:
    model = onnx.load_model_from_string(onnx_model(small(), "0"))
    change(model)
    found = read(model, tmp_path)
    assert any("another network now" in remark for remark in found.remarks)
    del model.metadata_props[:]
    bare = read(model, tmp_path)
    assert bare.document == found.document
    assert bare.document["layers"] != SMALL["layers"]


def variants(value: Any) -> Iterator[Any]:
    """Yield what could stand in the place of a value."""
    if isinstance(value, dict):
        for key, item in value.items():
            for other in variants(item):
                yield {**value, key: other}
            yield {name: one for name, one in value.items() if name != key}
        yield {**value, "more": 1}
    elif isinstance(value, list):
        for place, item in enumerate(value):
            for other in variants(item):
                yield [*value[:place], other, *value[place + 1 :]]
            yield value[:place] + value[place + 1 :]
            yield [*value, item]
        yield value[::-1]
    elif isinstance(value, str):
        yield from ("", "norm", "relu", "linear", "valid", "Dense", "Multiply", "é\0", 7)
    else:
        yield from (0, -1, 1, 2, 1e300, 2**40, True, None, "same", [value, value], {})


def test_what_a_file_says_of_itself_is_never_believed_where_it_is_not_so(tmp_path: Path) -> None:
    network = small()
    model = onnx.load_model_from_string(onnx_model(network, "0"))
    document = json.loads(model.metadata_props[0].value)
    entering = np.random.default_rng(3).normal(size=network.input_shape)
    expected = network.forward(entering)["scores"]
    bare, believed = 0, 0
    for layers in list(variants(document["layers"]))[::4]:  # all take seconds
        model.metadata_props[0].value = json.dumps({**document, "layers": layers})
        found = read(model, tmp_path)
        if found.remarks:
            bare += 1
            continue
        believed += 1
        stack = cnnviz.load_stack({**found.document, "input": SMALL["input"]})
        built = stack.build(network.input_shape)
        given = Network(stack, network.input_shape, built.nodes, StackWeights(found.weights, {}), "float64", 1)
        np.testing.assert_array_equal(given.forward(entering)["scores"], expected)
    assert bare > 50 and believed  # of what changes nothing: an initialiser, a default


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        '{"layers": 7}',
        '{"layers": []}',
        '{"layers": [7]}',
        "[" * 100_000,
        '{"layers": [{"type": "os"}]}',
    ],
)
def test_nonsense_in_the_place_of_a_stack_is_passed_over(text: str, tmp_path: Path) -> None:
    model = onnx.load_model_from_string(onnx_model(small(), "0"))
    model.metadata_props[0].value = text
    assert [layer["type"] for layer in read(model, tmp_path).document["layers"]][:2] == ["Conv2D", "Activation"]
    assert model.metadata_props[0].key == STACK
