"""Every kind's gradients against PyTorch's, through the same layers of Keras on the same weights.

Run with Keras on PyTorch: `KERAS_BACKEND=torch pytest -m parity tests/parity`.
"""

from __future__ import annotations

import os
import re
import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnviz.config.load import load_stack

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

if os.environ.get("KERAS_BACKEND") != "torch":
    pytest.skip("needs KERAS_BACKEND=torch", allow_module_level=True)
pytest.importorskip("keras", reason="needs Keras")
torch = pytest.importorskip("torch", reason="needs PyTorch")

from cnnviz.stack.backward import TrainingGraph  # noqa: E402
from cnnviz.stack.graph import infer  # noqa: E402
from cnnviz.stack.parameters import Parameters  # noqa: E402
from tests.helpers.kinds import in_training, keras_kinds  # noqa: E402
from tests.helpers.strategies import layer_of  # noqa: E402
from tests.parity import keras_twin  # noqa: E402

patient = settings(
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=int(os.environ.get("PARITY_EXAMPLES", "25")),
)

DOUBLE = np.dtype("float64")


def entry_of(layer):
    """Write a layer as YAML has it, without what fills its weights."""
    return {name: value for name, value in msgspec.to_builtins(layer).items() if not name.endswith("_initializer")}


def tensor(array):
    return torch.tensor(np.ascontiguousarray(array), requires_grad=True)


def weights_of(model):
    """Give a layer's or a model's weights by name, as arrays."""
    return {weight.name: keras_twin.keras.ops.convert_to_numpy(weight) for weight in model.weights}


def check(by, wanted, size):
    assert by.shape == wanted.shape
    # PyTorch has a sixth, in the slopes of its hard activations, in single precision.
    assert abs(by - wanted).max() <= 1e-7 * max(size, abs(wanted).max())


@pytest.mark.parametrize("kind", [kind for kind in keras_kinds() if in_training(kind) != "random"])
@patient
@given(data=st.data())
def test_every_kind_has_pytorch_s_gradients(kind, data):
    layer, shapes = data.draw(layer_of(kind))
    rng = np.random.default_rng(zlib.crc32(repr(layer).encode()))
    model = keras_twin.lone_layer(entry_of(layer), shapes)
    keras_twin.randomise(model, rng)
    arrays = [rng.normal(0, 1, (3, *shape)) for shape in shapes]
    weights = weights_of(model)
    step = layer.prepare_training(DOUBLE, *shapes)(weights, rng, *arrays)
    gradient = rng.normal(0, 1, step.output.shape)
    gradients = step.backward(gradient)

    tensors = [tensor(x) for x in arrays]
    output = model(tensors if len(tensors) > 1 else tensors[0], training=True)
    size = abs(gradient).max()
    check(step.output, output.detach().numpy(), 1)
    if output.requires_grad:  # not where all are zeros
        try:
            output.backward(torch.tensor(gradient))
        except RuntimeError as error:  # of PyTorch, at convolutions of a single channel
            assume(not re.search("grad_weight (needs to|must) be contiguous", str(error)))
            raise
    for by, x in zip(gradients.inputs, tensors, strict=True):
        check(by, np.zeros(by.shape) if x.grad is None else x.grad.numpy(), size)
    trained = {weight.name: weight.value.grad for weight in model.trainable_weights}
    assert set(gradients.weights) == set(trained)
    for name, by in gradients.weights.items():
        check(by, trained[name].numpy(), size)
    moved = {weight.name: weight.numpy() for weight in model.non_trainable_weights if "seed" not in weight.name}
    assert set(step.updates) == set(moved)
    for name, after in step.updates.items():
        check(after, moved[name], 1)


@pytest.mark.parametrize(
    ("entry", "inputs", "is_split"),
    [
        ({"type": "MaxPooling2D", "pool_size": 2}, 1, False),
        ({"type": "GlobalMaxPooling2D"}, 1, True),
        ({"type": "Maximum"}, 2, True),
    ],
)
def test_ties_go_to_the_first_where_keras_may_split_them(entry, inputs, is_split):
    shape = (4, 4, 2)
    layer = load_stack({"layers": [{"inputs": ["input"] * inputs, **entry}]}).layers[0]
    arrays = [np.ones((1, *shape))] * inputs
    step = layer.prepare_training(DOUBLE, *[shape] * inputs)({}, np.random.default_rng(0), *arrays)
    gradient = np.random.default_rng(0).normal(0, 1, step.output.shape)
    mine = step.backward(gradient).inputs

    model = keras_twin.lone_layer({"name": "it", "inputs": [], **entry}, [shape] * inputs)
    tensors = [tensor(x) for x in arrays]
    model(tensors if inputs > 1 else tensors[0]).backward(torch.tensor(gradient))
    keras_s = [x.grad.numpy() for x in tensors]
    for by, wanted in zip(mine, keras_s, strict=True):
        assert np.allclose(by, wanted) != is_split
    # Split or not, it is the same gradient.
    assert np.allclose(sum(by.sum() for by in mine), sum(by.sum() for by in keras_s))


@pytest.mark.parametrize("name", ["mnist_nine_by_nine", "mnist_two_conv", "lenet5", "cifar10", "residual"])
def test_whole_networks_have_pytorch_s_gradients(name):
    stack = load_stack(name)
    shape = (*(stack.input.size or (32, 32)), 1 if stack.input.color == "gray" else 3)
    entries = [entry_of(layer) for layer in stack.layers]
    for entry in entries:
        if entry["type"] == "Dropout":
            entry["rate"] = 0.0
    model, _ = keras_twin.twin(entries, shape)
    rng = np.random.default_rng(0)
    keras_twin.randomise(model, rng)
    pixels, gradient = rng.uniform(0, 1, (4, *shape)), rng.normal(0, 1, (4, *model.outputs[-1].shape[1:]))
    nodes = infer(load_stack({"name": name, "layers": entries}), shape)
    weights, found = Parameters(nodes, DOUBLE), Parameters(nodes, DOUBLE)
    weights.fill({layer.name: weights_of(layer) for layer in model.layers if layer.weights})
    done = TrainingGraph(nodes, DOUBLE).forward(weights, rng, pixels)
    done.backward(gradient, found)

    output = model(torch.tensor(pixels), training=True)[-1]
    output.backward(torch.tensor(gradient))
    check(done.output, output.detach().numpy(), 1)
    for layer in model.layers:
        for weight in layer.trainable_weights:
            check(found.of(layer.name)[weight.name], weight.value.grad.numpy(), 0)
