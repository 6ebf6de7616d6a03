"""Random stacks of every kind against Keras on the same weights, and weight files both ways.

Run with Keras on PyTorch: `KERAS_BACKEND=torch pytest -m parity tests/parity`.
"""

from __future__ import annotations

import inspect
import os
import re
import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnviz.config.load import load_stack
from cnnviz.layers import find_kind, snake_case

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

if os.environ.get("KERAS_BACKEND") != "torch":
    pytest.skip("needs KERAS_BACKEND=torch", allow_module_level=True)
pytest.importorskip("keras", reason="needs Keras")
pytest.importorskip("torch", reason="needs PyTorch")

from keras.src.utils import naming  # noqa: E402

from tests.helpers.kinds import keras_kinds  # noqa: E402
from tests.helpers.strategies import layer_of, stacks  # noqa: E402
from tests.parity import keras_twin  # noqa: E402

patient = settings(
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=int(os.environ.get("PARITY_EXAMPLES", "25")),
)


def compare(layers, shape, folder, whole_model=False):
    """Run a stack in Keras and in cnnviz with Keras's weights, handed over in a file."""
    keras_twin.keras.utils.clear_session(free_memory=False)
    rng = np.random.default_rng(zlib.crc32(repr(layers).encode()))
    model, _ = keras_twin.twin(layers, shape, "float32")
    keras_twin.randomise(model, rng)
    path = folder / "weights.h5"
    if whole_model:
        model.save(path)
    else:
        keras_twin.save_weights(model, path)
    twin, names = keras_twin.twin(layers, shape)
    twin.set_weights(model.get_weights())
    pixels = rng.normal(0, 1, shape)
    expected = keras_twin.outputs(twin, names, pixels)
    stack = load_stack({"name": "random", "input": {"color": "gray" if shape[2] == 1 else "rgb"}, "layers": layers})
    for dtype, exactness in (("float64", 1e-9), ("float32", 1e-5)):
        network = stack.build(shape, weights=path, dtype=dtype)
        outputs = network.forward(pixels)
        assert list(outputs) == names
        inputs = {"input": pixels, **expected}
        for layer in stack.layers:
            wanted, out = expected[layer.name], outputs[layer.name]
            assert out.shape == wanted.shape
            assert out.dtype == dtype
            # Rounding is relative to what went in: a small difference of large numbers keeps their errors.
            size = max(abs(wanted).max(), *(abs(inputs[name]).max() for name in layer.inputs), 1e-30)
            growth = 1 if len(layers) == 1 else 10
            assert abs(out - wanted).max() <= exactness * growth * size, layer


# Arguments that do not change the result outside training, or that INTERFACE leaves out (data_format, renorm).
SILENT = re.compile(
    "kwargs|self|name|trainable|dtype|data_format|synchronized|seed|noise_shape|lora_.*|quantization_config"
    "|.*_regularizer|.*_constraint|renorm.*"
)


@pytest.mark.parametrize("kind", keras_kinds())
def test_fields_and_defaults_are_keras_s(kind):
    keras_kind = getattr(keras_twin.keras.layers, kind)
    arguments = inspect.signature(keras_kind.__init__).parameters
    ours = {field.name: field for field in msgspec.structs.fields(find_kind(kind))}
    assert {name for name in arguments if not SILENT.fullmatch(name)} == (
        set(ours) - {"name", "inputs", "trainable", "source"} - {*find_kind(kind).beyond_keras}
    )
    # Keras takes it for every layer, among what its base class takes.
    assert (
        ours["trainable"].default
        is inspect.signature(keras_twin.keras.layers.Layer.__init__).parameters["trainable"].default
    )
    for name, argument in arguments.items():
        if SILENT.fullmatch(name):
            continue
        default = msgspec.to_builtins(ours[name].default) if not ours[name].required else inspect.Parameter.empty
        assert same(default, argument.default), f"{name}: {default} here, {argument.default} in Keras"


def same(ours, theirs):
    """Compare defaults: 1 is (1, 1) for height and width, `{"type": "zeros"}` is "Zeros"."""
    if isinstance(ours, dict):
        return ours["type"] == theirs.lower()
    if isinstance(theirs, tuple) and not isinstance(ours, tuple):
        return all(same(ours, item) for item in theirs)
    return ours == theirs


@pytest.mark.parametrize("kind", keras_kinds())
def test_layers_are_named_as_keras_names_them(kind):
    assert snake_case(kind) == naming.to_snake_case(kind)


@pytest.mark.parametrize("kind", keras_kinds())
@patient
@given(data=st.data())
def test_every_kind_equals_keras(kind, data, tmp_path_factory):
    layer, shapes = data.draw(layer_of(kind))
    shape = shapes[0] if len(shapes[0]) == 3 else (1, 1, *shapes[0])
    entry = {name: value for name, value in msgspec.to_builtins(layer).items() if not name.endswith("_initializer")}
    layers = [{**entry, "name": "it", "inputs": ["input"]}]
    if len(shapes[0]) == 1:
        layers = [{"type": "Flatten", "name": "flat", "inputs": ["input"]}, {**layers[0], "inputs": ["flat"]}]
    if layer.merges:
        layers = [*branches(shapes, shape), {**entry, "inputs": [f"branch_{i}" for i in range(len(shapes))]}]
    compare(layers, shape, tmp_path_factory.mktemp("kind"))


def branches(shapes, shape):
    """Give every input of a merge a shape: a convolution of the picture, cropped."""
    layers = []
    for i, wanted in enumerate(shapes):
        if len(wanted) == 1:
            layers.append({"type": "Flatten", "name": f"flat_{i}", "inputs": ["input"]})
            layers.append({"type": "Dense", "name": f"branch_{i}", "units": wanted[0], "inputs": [f"flat_{i}"]})
            continue
        crop = [[0, have - want] for have, want in zip(shape, wanted[:2], strict=False)]
        layers.append({"type": "Cropping2D", "name": f"crop_{i}", "cropping": crop, "inputs": ["input"]})
        layers.append(
            {"type": "Conv2D", "name": f"branch_{i}", "filters": wanted[2], "kernel_size": 1, "inputs": [f"crop_{i}"]}
        )
    return layers


@patient
@given(drawn=stacks(kinds=keras_kinds()))
def test_random_stacks_equal_keras(drawn, tmp_path_factory):
    data, shape = drawn
    compare(data["layers"], shape, tmp_path_factory.mktemp("stack"))


EVERY_WEIGHT = [
    {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "padding": "same"},
    {"type": "DepthwiseConv2D", "name": "deep-wise", "kernel_size": 3, "padding": "same"},
    {"type": "SeparableConv2D", "name": "separable", "filters": 3, "kernel_size": 3, "padding": "same"},
    {"type": "Conv2DTranspose", "name": "transposed", "filters": 5, "kernel_size": 2, "strides": 2},
    {"type": "BatchNormalization", "name": "batch"},
    {"type": "LayerNormalization", "name": "layer", "axis": [1, 3]},
    {"type": "PReLU", "name": "learned", "shared_axes": [1]},
    {"type": "MaxPooling2D", "name": "pool"},
    {"type": "Flatten", "name": "flat"},
    {"type": "Dense", "name": "dense", "units": 4, "activation": "softmax"},
]


def chain(layers):
    """Connect each layer to the one before."""
    names = ["input", *(layer["name"] for layer in layers)]
    return [{**layer, "inputs": [before]} for layer, before in zip(layers, names, strict=False)]


def test_a_whole_model_of_keras_is_loaded(tmp_path):
    compare(chain(EVERY_WEIGHT), (5, 6, 3), tmp_path, whole_model=True)


def test_keras_loads_a_file_of_ours_by_name(tmp_path):
    stack = load_stack({"name": "ours", "seed": 7, "layers": chain(EVERY_WEIGHT)})
    network = stack.build((5, 6, 3))
    path = tmp_path / "ours.h5"
    network.save_weights(path)
    model, names = keras_twin.twin(chain(EVERY_WEIGHT), (5, 6, 3))
    keras_twin.randomise(model, np.random.default_rng(0))
    keras_twin.load_weights(model, str(path))
    pixels = np.random.default_rng(1).uniform(0, 255, (5, 6, 3))
    expected = keras_twin.outputs(model, names, pixels)
    for name, out in network.forward(pixels).items():
        assert abs(out - expected[name]).max() <= 1e-9 * np.ptp(expected[name]), name
