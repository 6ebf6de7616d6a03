"""The loss of every end, and its gradient by the weights, as Keras has them of the model's own output.

Run with Keras on PyTorch: `KERAS_BACKEND=torch pytest -m parity tests/parity`.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from cnnviz.config.load import load_stack

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

if os.environ.get("KERAS_BACKEND") != "torch":
    pytest.skip("needs KERAS_BACKEND=torch", allow_module_level=True)
pytest.importorskip("keras", reason="needs Keras")

from cnnviz.stack.backward import TrainingGraph  # noqa: E402
from cnnviz.stack.graph import infer  # noqa: E402
from cnnviz.stack.parameters import Parameters  # noqa: E402
from cnnviz.stack.scores import find_scores  # noqa: E402
from cnnviz.training.losses import LOSSES  # noqa: E402
from tests.parity import keras_twin  # noqa: E402

keras = keras_twin.keras

SHAPE, COUNT = (3, 3, 2), 7
SCORES = {"type": "Dense", "name": "scores", "units": 3}
SOFT = SCORES | {"activation": "softmax"}
ONE = {"type": "Dense", "name": "scores", "units": 1, "activation": "sigmoid"}
LINEAR = {"type": "Activation", "name": "linear", "activation": "linear"}
SPREAD = [{"type": "Reshape", "name": "spread", "target_shape": [1, 3, 1]}, {"type": "Flatten", "name": "last"}]
ENDS = {
    "softmax": [SOFT],
    "a layer": [SCORES, {"type": "Softmax", "name": "shares"}],
    "another shape": [SOFT, *SPREAD],
    "linear": [SOFT, LINEAR],
    "two in a row": [SOFT, {"type": "Softmax", "name": "shares"}],
    "sigmoid": [ONE],
    "sigmoid and another shape": [ONE, {"type": "Reshape", "name": "last", "target_shape": [1]}],
}


def keras_loss(name, one):
    if name == "mse":
        return lambda truth, out: keras.losses.MeanSquaredError()(
            truth[:, None] if one else keras.ops.one_hot(truth, 3, dtype="float64"), out
        )
    kind = keras.losses.BinaryCrossentropy if one else keras.losses.SparseCategoricalCrossentropy
    return lambda truth, out: kind()(truth[:, None] if one else truth, out)


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("name", ENDS)
def test_loss_and_gradient_are_those_of_the_models_own_output(name, loss):
    layers = [{"type": "Flatten", "name": "flat"}, *ENDS[name]]
    rng = np.random.default_rng(0)
    pixels = rng.normal(0, 1, (COUNT, *SHAPE))
    one = ENDS[name][0] is ONE
    labels = np.arange(COUNT) % (2 if one else 3)

    model, _ = keras_twin.twin(layers, SHAPE)
    keras_twin.randomise(model, rng)
    output = model(keras.ops.convert_to_tensor(pixels), training=True)[-1]
    theirs = keras_loss(loss, one)(keras.ops.convert_to_tensor(labels), output)
    theirs.backward()

    stack = load_stack({"name": "ends", "layers": layers})
    scores = find_scores(stack, infer(stack, SHAPE))
    nodes = infer(scores.stack if loss == "cross_entropy" else stack, SHAPE)
    weights = Parameters(nodes, np.dtype("float64"))
    weights.fill({"scores": {weight.name: keras.ops.convert_to_numpy(weight) for weight in model.weights}})
    way = TrainingGraph(nodes, np.dtype("float64")).forward(weights, rng, pixels)
    ours = LOSSES[loss](way.output, labels)
    assert ours.value == pytest.approx(float(theirs), rel=2e-6)  # Keras adds 1e-7 to a share, or clips it there
    gradient = weights.zeros_like()
    way.backward(ours.gradient, gradient)
    for weight in model.weights:
        wanted = keras.ops.convert_to_numpy(weight.value.grad)
        np.testing.assert_allclose(gradient.of("scores")[weight.name], wanted, rtol=1e-5, atol=1e-6)
