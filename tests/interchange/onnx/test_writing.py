"""Networks as models of ONNX: ONNX's own evaluator computes what cnnviz computes, and they come back as they went."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import cnnviz
from cnnviz.errors import ModelError
from cnnviz.interchange import import_model
from cnnviz.interchange.model import ImportOptions
from cnnviz.interchange.writing import functions
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.stack.network import Network
from cnnviz.stack.weights import StackWeights
from tests.helpers.networks import example_networks, with_random_weights
from tests.helpers.rows import each

pytest.importorskip("onnx", reason="onnx is an extra")

from cnnviz.interchange.onnx.writing import onnx_model

# Groups of a transposed convolution, factors of nearest pixels that are no whole numbers, LRN (the batch is counted
# among the channels): ONNX Runtime agrees.
EVALUATOR_IS_WRONG = re.compile(r"Conv2DTranspose\(.*groups=|Resizing\(.*nearest|LocalResponseNormalization")
BUNDLED = {"lenet5": (32, 32, 1), "residual": (48, 40, 3), "mnist_two_conv": (28, 28, 1)}


def evaluated(model: bytes, x: np.ndarray) -> list[np.ndarray]:
    """Let ONNX's own evaluator compute a model."""
    from onnx import load_model_from_string
    from onnx.reference import ReferenceEvaluator

    found: list[np.ndarray] = ReferenceEvaluator(load_model_from_string(model)).run(
        None, {"input": x.transpose(0, 3, 1, 2)}
    )
    return found


def test_every_kind_is_computed_alike_or_refused_by_name() -> None:
    refused = []
    for name, network in example_networks().items():
        try:
            model = onnx_model(network, "0")
        except ModelError as error:
            assert '"it"' in str(error)
            refused.append(name)
            continue
        if EVALUATOR_IS_WRONG.match(name):
            continue
        x = np.random.default_rng(1).normal(size=(1, *network.input_shape)).astype(np.float32)
        (found,) = evaluated(model, x)
        found = found.transpose(0, 2, 3, 1) if found.ndim == 4 else found
        expected = network.forward(x)["it"]
        assert found.shape == expected.shape, name
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * max(np.ptp(expected), 1e-2), err_msg=name)
    kinds = {name.partition("(")[0] for name in refused}
    whole = {name.partition("(")[0] for name in example_networks()} - kinds
    assert {"Conv2D", "Conv2DTranspose", "MaxPooling2D", "Dense", "BatchNormalization", "Softmax"} <= whole


@each("by_formula", [False, True])
def test_every_activation_has_words(by_formula: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_formula:  # as one that has no words of its own
        monkeypatch.setattr(functions, "FUNCTIONS", {})
    for name in ACTIVATIONS:
        layers = [{"type": "Activation", "name": "it", "activation": name}]
        model = onnx_model(cnnviz.load_stack({"layers": layers}).build((4, 5, 3)), "0")
        x = np.random.default_rng(0).uniform(0.1, 3, (1, 4, 5, 3)).astype(np.float32)
        expected = cnnviz.load_stack({"layers": layers}).build((4, 5, 3)).forward(x)["it"]
        (found,) = evaluated(model, x)
        np.testing.assert_allclose(found.transpose(0, 2, 3, 1), expected, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", BUNDLED)
def test_what_was_exported_is_a_model_like_any_other(name: str, tmp_path: Path) -> None:
    from onnx import load_model_from_string

    network = with_random_weights(cnnviz.load_stack(name).build(BUNDLED[name]))
    path = tmp_path / "net.onnx"
    bare = load_model_from_string(onnx_model(network, "0"))
    del bare.metadata_props[:]  # which say what stack it was
    path.write_bytes(bare.SerializeToString())
    model = import_model(path, ImportOptions())
    layers = {layer["name"]: layer["type"] for layer in model.document["layers"]}
    ours = {node.layer.name: type(node.layer).__name__ for node in network.nodes}
    assert {name: layers.get(name) for name in ours} == ours
    again = cnnviz.load_stack({"layers": model.document["layers"]}).build(network.input_shape)
    for layer, weights in model.weights.items():
        for weight, array in weights.items():
            np.testing.assert_array_equal(array, network.weights[layer][weight])
    given = Network(again.stack, again.input_shape, again.nodes, StackWeights(model.weights, {}), "float64", 1)
    pixels = np.random.default_rng(0).uniform(0, 255, network.input_shape)
    found, expected = given.forward(network.entering(pixels)), network.forward(pixels)
    tensors = {source: found[layer] for layer, source in model.sources.items()}
    assert expected.keys() - tensors.keys() <= {"flatten"}  # which is nothing but another arrangement
    for layer in expected.keys() & tensors.keys():
        np.testing.assert_allclose(
            tensors[layer], expected[layer], rtol=0, atol=1e-12 * max(np.ptp(expected[layer]), 1)
        )
