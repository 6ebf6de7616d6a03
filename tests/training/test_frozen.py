"""Layers with `trainable: false`: their weights stay, what comes before them is trained through them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cnnviz
from cnnviz.render.report.build import shape_report
from cnnviz.render.report.json import to_json
from cnnviz.stack.graph import infer
from cnnviz.stack.spec import Stack, TrainingSpec
from tests.helpers.trainers import make_trainer, random_examples

KINDS: dict[str, dict[str, Any]] = {
    "conv": {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
    "norm": {"type": "BatchNormalization", "momentum": 0.5},
    "depthwise": {"type": "DepthwiseConv2D", "kernel_size": 3},
    "separable": {"type": "SeparableConv2D", "filters": 4, "kernel_size": 3},
    "slope": {"type": "PReLU", "shared_axes": [1, 2], "alpha_initializer": {"type": "constant", "value": 0.3}},
    "layer_norm": {"type": "LayerNormalization"},
    "transposed": {"type": "Conv2DTranspose", "filters": 3, "kernel_size": 3},
    "flatten": {"type": "Flatten"},
    "dense": {"type": "Dense", "units": 10},
}
WEIGHTED = [name for name in KINDS if name != "flatten"]


def make_stack(*frozen: str) -> Stack:
    layers = [{"name": name, **fields, "trainable": name not in frozen} for name, fields in KINDS.items()]
    return cnnviz.load_stack({"input": {"scale": "1/255"}, "layers": layers})


def train(stack: Stack, optimizer: Any = "adam", steps: int = 2) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the weights before and after."""
    pixels, labels = random_examples(8 * steps, (10, 10, 1))
    recipe = TrainingSpec(optimizer=optimizer, learning_rate=0.01, batch_size=8, dtype="float64", shuffle=False)
    trainer, _ = make_trainer(stack, pixels, labels, recipe)
    before = {layer: {n: a.copy() for n, a in weights.items()} for layer, weights in trainer.weights.views.items()}
    list(trainer.run(1))
    return before, trainer.weights.views


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {
        layer for layer in before if any(not np.array_equal(before[layer][n], after[layer][n]) for n in before[layer])
    }


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop", "adam"])
def test_a_frozen_layer_keeps_its_weights_whatever_the_optimizer(optimizer):
    assert changed(*train(make_stack(), optimizer)) == set(WEIGHTED)
    for frozen in (["norm"], ["conv", "norm"], ["dense"], WEIGHTED[:-1], ["separable", "slope", "layer_norm"]):
        assert changed(*train(make_stack(*frozen), optimizer)) == set(WEIGHTED) - set(frozen)


def test_a_frozen_normalisation_goes_on_with_the_statistics_that_it_has():
    stack = make_stack("norm")
    nodes = infer(stack, (10, 10, 1))
    norm = nodes[1]
    weights = {
        "gamma": np.array([1.0, 2, 3, 4]),
        "beta": np.array([0.5, 0, 1, -1]),
        "moving_mean": np.array([0.1, 0.2, 0.3, 0.4]),
        "moving_variance": np.array([1.0, 4, 9, 16]),
    }
    x = np.random.default_rng(0).normal(size=(3, 8, 8, 4))
    step = norm.layer.prepare_training(np.dtype("float64"), *norm.input_shapes)(weights, np.random.default_rng(0), x)
    factor = weights["gamma"] / np.sqrt(weights["moving_variance"] + 1e-3)
    np.testing.assert_allclose(step.output, (x - weights["moving_mean"]) * factor + weights["beta"], rtol=1e-12)
    gradients = step.backward(np.ones_like(x))
    np.testing.assert_allclose(gradients.inputs[0], np.broadcast_to(factor, x.shape), rtol=1e-12)
    assert gradients.weights == {} and step.updates == {}


def test_the_report_counts_what_is_trained():
    stack = make_stack("conv", "norm")
    nodes = infer(stack, (10, 10, 1))
    totals = shape_report(stack, nodes, (10, 10, 1)).totals
    assert totals.params - totals.trainable_params == (9 * 4 + 4) + 4 * 4
    report = to_json(shape_report(make_stack(), infer(make_stack(), (10, 10, 1)), (10, 10, 1)))
    assert b"trainable" not in report


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("frozen", [["norm"], ["conv", "norm"], ["dense", "slope"], ["separable", "layer_norm"]])
def test_a_step_with_frozen_layers_is_that_of_keras(frozen):
    keras = pytest.importorskip("keras")
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")  # kept from the first layer of the process on
    try:
        stack = make_stack(*frozen)
        before, after = train(stack, "sgd", steps=1)
        made = []
        for name, fields in KINDS.items():
            options = {key: value for key, value in fields.items() if key not in ("type", "alpha_initializer")}
            made.append(getattr(keras.layers, fields["type"])(**options, name=name, trainable=name not in frozen))
        model = keras.Sequential([keras.Input((10, 10, 1)), *made])
        for layer in model.layers:
            if layer.weights:
                layer.set_weights([before[layer.name][weight.name] for weight in layer.weights])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.01), loss)
        pixels, labels = random_examples(8, (10, 10, 1))
        model.train_on_batch(pixels / 255, labels)
        for layer in model.layers:
            for weight in layer.weights:
                theirs = keras.ops.convert_to_numpy(weight)
                np.testing.assert_allclose(
                    after[layer.name][weight.name], theirs, rtol=1e-6, atol=2e-9, err_msg=f"{layer.name} {weight.name}"
                )
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
