"""Model files as Keras writes them: imported, every layer's tensor equals Keras's.

Run with Keras on PyTorch: `KERAS_BACKEND=torch pytest -m parity tests/parity`.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

if os.environ.get("KERAS_BACKEND") != "torch":
    pytest.skip("needs KERAS_BACKEND=torch", allow_module_level=True)
pytest.importorskip("keras", reason="needs Keras")
pytest.importorskip("torch", reason="needs PyTorch")

from cnnviz.config.load import load_stack  # noqa: E402
from cnnviz.errors import ModelError  # noqa: E402
from cnnviz.interchange import ImportOptions, import_model, reference_tensors  # noqa: E402
from cnnviz.stack.graph import infer  # noqa: E402
from cnnviz.stack.network import Network  # noqa: E402
from cnnviz.stack.weights import make_weights  # noqa: E402
from tests.helpers.kinds import keras_kinds  # noqa: E402
from tests.helpers.layers_models import write_layers_model  # noqa: E402
from tests.helpers.strategies import stacks  # noqa: E402
from tests.parity import keras_twin  # noqa: E402
from tests.parity.keras_models import MODELS, live  # noqa: E402

EXACTNESS = 1e-5
"""Of a tensor's range, in float32."""


def run(model, size):
    """Run an imported model on random pixels, and return what enters and what comes out of each layer."""
    document = {**model.document, "input": {**model.document["input"], "scale": 1.0}}
    stack = load_stack(document)
    channels = 1 if stack.input.color == "gray" else 3
    pixels = np.random.default_rng(5).uniform(0, 255, (*(stack.input.size or size), channels))
    nodes = infer(stack, pixels.shape)
    network = Network(stack, pixels.shape, nodes, make_weights(nodes, 0, model.weights), "float32", 1)
    return network.entering(pixels), network.forward(pixels)


def check(path, size=(12, 12)):
    """Hold all tensors of an imported file against Keras's; return how many there were."""
    options = ImportOptions()
    model = import_model(path, options)
    entering, outputs = run(model, size)
    count = 0
    for name, wanted in reference_tensors(path, options, model, entering):
        reach = max(float(wanted.max() - wanted.min()), 1e-3 * float(abs(wanted).max()), 1e-6)
        difference = abs(outputs[name] - wanted.reshape(outputs[name].shape)).max() / reach
        assert difference < EXACTNESS, f"{name}: {difference:.1e}"
        count += 1
    assert count >= 0.6 * len(outputs)
    return outputs


@pytest.mark.parametrize("form", [".keras", ".h5"])
@pytest.mark.parametrize("name", MODELS)
def test_every_tensor_of_a_model_file_equals_keras_s(name, form, tmp_path):
    model = live(MODELS[name])
    path = tmp_path / f"model{form}"
    model.save(path)
    if (name, form) != ("operators", ".h5"):
        check(path)
        return
    # Keras 3.15 does not load its own functions from HDF5: they are held against those of the archive.
    model.save(tmp_path / "model.keras")
    wanted, found = (
        run(import_model(tmp_path / f"model{one}", ImportOptions()), (9, 9))[1] for one in (".keras", form)
    )
    assert list(wanted) == list(found)
    for layer, out in found.items():
        assert np.array_equal(out, wanted[layer])


# TensorFlow.js tells weights by their names alone: two layers cannot share one.
@pytest.mark.parametrize("name", [name for name in MODELS if name not in ("operators", "nested")])
def test_a_layers_model_says_the_same_as_the_whole_model(name, tmp_path):
    path = tmp_path / "model.h5"
    live(MODELS[name]).save(path)
    whole = run(import_model(path, ImportOptions()), (12, 12))[1]
    found = import_model(write_layers_model(tmp_path / "js", path, shard_bytes=100), ImportOptions())
    for (layer, wanted), (other, out) in zip(whole.items(), run(found, (12, 12))[1].items(), strict=True):
        assert layer == other
        assert np.array_equal(wanted, out)


@pytest.mark.parametrize("kind", ["BatchNormalization", "GroupNormalization"])
@pytest.mark.parametrize("axis", [1, 2, 3])
def test_what_is_normalised_along_another_axis_keeps_its_axes(kind, axis, tmp_path):
    keras = keras_twin.keras
    entering = keras.Input((6, 4, 2))
    options = {"groups": 2} if kind == "GroupNormalization" else {}
    model = keras.Model(entering, getattr(keras.layers, kind)(axis=axis, name="it", **options)(entering))
    keras_twin.randomise(model, np.random.default_rng(3))
    model.save(tmp_path / "model.keras")
    found = import_model(tmp_path / "model.keras", ImportOptions())
    assert [layer["type"] for layer in found.document["layers"]] == [kind]
    stack = load_stack({"layers": found.document["layers"]})
    nodes = infer(stack, (6, 4, 2))
    pixels = np.random.default_rng(0).uniform(0, 255, (6, 4, 2))
    ours = Network(stack, (6, 4, 2), nodes, make_weights(nodes, 0, found.weights), "float64", 1).forward(pixels)["it"]
    theirs = keras.ops.convert_to_numpy(model(pixels[None].astype("float32")))[0]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4 * np.ptp(theirs))


@settings(
    suppress_health_check=list(HealthCheck),
    max_examples=int(os.environ.get("PARITY_EXAMPLES", "25")),
    deadline=None,
)
@given(drawn=stacks(kinds=keras_kinds()))
def test_random_stacks_come_back_from_every_form(drawn, tmp_path_factory):
    layers, shape = drawn[0]["layers"], drawn[1]
    # A lambda in Keras, which is refused.
    assume(all(layer.get("activation") != "gelu_tanh" for layer in layers))
    folder = tmp_path_factory.mktemp("forms")
    keras_twin.keras.utils.clear_session(free_memory=False)
    model, names = keras_twin.twin(layers, shape, "float32")
    # What Keras lacks, or has otherwise on PyTorch, is a class of the tests' own.
    assume(all(type(layer).__module__.startswith("keras.") for layer in model.layers))
    rng = np.random.default_rng(3)
    keras_twin.randomise(model, rng)
    pixels = rng.uniform(0, 255, shape)
    expected = keras_twin.outputs(model, names, pixels)
    for form in (".keras", ".h5"):
        model.save(folder / f"model{form}")
        try:
            found = import_model(folder / f"model{form}", ImportOptions())
        except ModelError as error:
            assert "layer_" in str(error)  # what cannot be read is refused by name; what is read has to be right
            reject()
        stack = load_stack({**found.document, "input": {**found.document["input"], "scale": 1.0}})
        nodes = infer(stack, shape)
        outputs = Network(stack, shape, nodes, make_weights(nodes, 0, found.weights), "float64", 1).forward(pixels)
        known = {source: name for name, source in found.sources.items()}
        for name in names:
            if name in known:
                wanted, out = expected[name], outputs[known[name]]
                size = max(float(abs(wanted).max()), 255.0)
                assert abs(out.reshape(wanted.shape) - wanted).max() < 1e-4 * size, name
