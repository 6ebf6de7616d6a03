"""Files of models in models, of names that are not legal here, and without names: which layer gets what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.config.names import name_problem
from cnnviz.errors import WeightsError
from cnnviz.io.hdf5.matching import Match, match_weights
from cnnviz.io.hdf5.names import legal_name, legal_names, owner_of, weight_of
from cnnviz.io.hdf5.reading import read_weights
from tests.helpers.rows import each
from tests.helpers.weights_files import said, save_keras, shapes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.h5"


def conv(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape or (3, 3, 2, 4)).astype(np.float32)


def save_keras_3(path: Path, entries: Mapping[str, Sequence[np.ndarray]], container: str = "layers") -> None:
    """Write the layout of `.weights.h5`: `entries["functional/conv2d_1"]`."""
    with h5py.File(path, "w") as file:
        for place, arrays in entries.items():
            group = file.create_group("/".join(f"{container}/{step}" for step in place.split("/")) + "/vars")
            for number, array in enumerate(arrays):
                group[str(number)] = array


def match(path: Path, kinds: Mapping[str, str] | None = None, /, **layers: Mapping[str, np.ndarray]) -> Match:
    """Match a file with a stack whose layers have weights like these; they must get just these."""
    found = match_weights(read_weights(path), shapes(layers), kinds)
    for layer, weights in found.arrays.items():
        for name, array in weights.items():
            assert np.array_equal(array, layers[layer][name]), (layer, name)
    return found


# Models in the model

K, B, G, M, D = conv(1), conv(2, 4), conv(3, 4), conv(4, 4), conv(5, 8, 3)
BN = {"gamma": G, "beta": B, "moving_mean": M, "moving_variance": G + M}
TF_KERAS = {
    "conv/kernel:0": K,
    "bn/gamma:0": G,
    "bn/beta:0": B,
    "d/kernel:0": D,
    "bn/moving_mean:0": M,
    "bn/moving_variance:0": G + M,
}
"""Trainable weights first, then the others, as Keras lists those of a model."""

NESTED = {
    "tf.keras": TF_KERAS,
    "Keras 3": {f"inner/{name}".removesuffix(":0"): array for name, array in TF_KERAS.items()},
    "deeper": {f"sequential_7/outer/inner/{name}": array for name, array in TF_KERAS.items()},
    "Keras 1": {
        "conv_W": K,
        "bn_gamma": G,
        "bn_beta": B,
        "d_W": D,
        "bn_running_mean": M,
        "bn_running_std": G + M,
    },
}


@each("weights", NESTED.values(), ids=NESTED)
@each("root", ["/", "model_weights"])
def test_models_in_a_model_are_flattened(path, weights, root):
    save_keras(path, {"first": {"first/bias:0": B}, "outer": weights}, root=root)
    found = match(path, first={"bias": B}, conv={"kernel": K}, bn=BN, d={"kernel": D})
    assert list(found.arrays) == ["first", "conv", "bn", "d"]
    (remark,) = said(path, found)
    assert remark.startswith("layers go by other names in the file: conv is outer/")


def test_the_models_names_may_stand_in_front(path):
    save_keras(path, {"a": {"conv/kernel:0": K}, "b": {"conv/kernel:0": K + 1, "e/bias:0": B}})
    found = match(path, a_conv={"kernel": K}, b_conv={"kernel": K + 1}, b_e={"bias": B})
    assert list(found.arrays) == ["a_conv", "b_conv", "b_e"]
    found = match(path, b_conv={"kernel": K + 1}, conv={"kernel": K})  # the one that is left
    assert list(found.arrays) == ["b_conv", "conv"]


def test_a_name_in_two_models_is_refused_not_guessed(path):
    save_keras(path, {"a": {"conv/kernel:0": K}, "b": {"conv/kernel:0": K + 1}})
    message = 'layer "conv" of the stack could be a/conv, b/conv of the file; call it a_conv or b_conv'
    with pytest.raises(WeightsError, match=message):
        match(path, conv={"kernel": K})


def test_a_layer_of_its_own_goes_before_one_in_a_model(path):
    save_keras(path, {"inner": {"inner/conv/kernel": K}, "conv": {"sequential/conv/kernel": K + 1}})
    found = match(path, conv={"kernel": K + 1})
    assert said(path, found) == ["the stack has no layer inner; left out"]
    found = match(path, conv={"kernel": K + 1}, inner_conv={"kernel": K})
    assert list(found.arrays) == ["conv", "inner_conv"]


def test_what_a_model_has_left_is_named(path):
    save_keras(path, {"outer": TF_KERAS, "other": {"x/kernel:0": K, "y/kernel:0": K}})
    found = match(path, conv={"kernel": K}, new={"bias": B})
    assert said(path, found) == [
        "the stack has no layer outer/bn, outer/d, other/x, other/y; left out",
        "the file has no layer new; left as initialised",
        "layers go by other names in the file: conv is outer/conv",
    ]


def test_tensorflow_numbers_what_is_built_again(path):
    save_keras(path, {"conv": {"conv_1/kernel:0": K, "conv_1/bias:0": B}})
    assert said(path, match(path, conv={"kernel": K, "bias": B})) == []


def test_the_description_of_a_model_says_what_is_a_model(path):
    inner = {"class_name": "Sequential", "config": {"name": "conv", "layers": [_layer("a/b"), _layer("c")]}}
    config = {"class_name": "Functional", "config": {"name": "m", "layers": [inner, _layer("p")]}}
    weights = {"a/b_1/kernel:0": K, "c/kernel:0": K + 1}
    save_keras(path, {"conv": weights, "p": {"x/kernel:0": D}}, root="model_weights", config=config)
    found = match(path, a_b={"kernel": K}, c={"kernel": K + 1}, p={"kernel": D})
    assert found.paths == {"a_b": ("conv", "a/b"), "c": ("conv", "c"), "p": ("p",)}
    with pytest.raises(WeightsError, match="none in common"):
        match(path, conv={"kernel": K})


def _layer(name: str) -> dict[str, Any]:
    return {"class_name": "Conv2D", "config": {"name": name}}


# Names


def test_names_that_are_not_legal_here(path):
    entries = {"block1/conv1": {"block1/conv1/kernel:0": K}, "a.b c": {"a.b c/kernel:0": D}, "-x": {"-x/bias:0": B}}
    save_keras(path, entries)
    found = match(path, block1_conv1={"kernel": K}, a_b_c={"kernel": D}, _x={"bias": B})
    assert said(path, found) == [
        "layers go by other names in the file: block1_conv1 is block1/conv1, a_b_c is a.b c, _x is -x"
    ]


def test_names_that_would_become_the_same(path):
    save_keras(path, {name: {f"{name}/bias:0": B + i} for i, name in enumerate(["a/b", "a_b", "a.b", "A B"])})
    found = match(path, a_b={"bias": B + 1}, a_b_1={"bias": B}, a_b_2={"bias": B + 2}, A_B_3={"bias": B + 3})
    assert len(found.arrays) == 4
    assert said(path, found) == ["layers go by other names in the file: a_b_1 is a/b, a_b_2 is a.b, A_B_3 is A B"]


@given(st.lists(st.text(max_size=110), unique=True))
def test_every_name_becomes_a_legal_one_of_its_own(names):
    legal = legal_names(names)
    assert list(legal) == names
    exact = [name for name in names if legal_name(name) == name]
    assert all(legal[name] == name for name in exact)
    assert all(name_problem(name) is None for name in legal.values())
    others = {name.casefold() for original, name in legal.items() if original != name}
    assert len(others) == len(names) - len(exact)
    assert others.isdisjoint(name.casefold() for name in exact)


@each(
    ("written", "owner", "weight"),
    [
        ("conv/kernel:0", "conv", "kernel"),
        ("a/b c/bias", "a/b c", "bias"),
        ("conv_1/kernel_3:0", "conv_1", "kernel"),
        ("convolution2d_1_W", "convolution2d_1", "kernel"),
        ("dense_1_b:0", "dense_1", "bias"),
        ("bn_running_std_1:0", "bn", "moving_variance"),
        ("param_0", "", "param"),
        ("kernel:0", "", "kernel"),
    ],
)
def test_what_the_name_of_a_weight_says(written, owner, weight):
    assert (owner_of(written), weight_of(written)) == (owner, weight)


# `.weights.h5`: no names

KINDS = {"one": "Conv2D", "bn": "BatchNormalization", "two": "Conv2D", "last": "Dense"}
STACK: Any = {"one": {"kernel": K, "bias": B}, "bn": BN, "two": {"kernel": K + 1, "bias": B + 1}, "last": {"kernel": D}}


@each("container", ["layers", "_layer_checkpoint_dependencies"])
@each("model", ["", "functional/", "functional/sequential/"])
def test_layers_without_names_go_by_their_order(path, container, model):
    places = [f"{model}conv2d", f"{model}batch_normalization", "conv2d_1" if not model else "conv2d", "dense"]
    save_keras_3(path, {p: list(w.values()) for p, w in zip(places, STACK.values(), strict=True)}, container)
    found = match(path, KINDS, **STACK)
    assert list(found.arrays) == list(STACK)
    assert "one is " in said(path, found)[0]


def test_ten_layers_and_more_are_not_in_the_order_of_the_alphabet(path):
    stack = {f"c{i}": {"kernel": K + i} for i in range(12)}
    places = [f"conv2d_{i}" if i else "conv2d" for i in range(12)]
    save_keras_3(path, {p: [w["kernel"]] for p, w in sorted(zip(places, stack.values(), strict=True))})
    assert len(match(path, dict.fromkeys(stack, "Conv2D"), **stack).arrays) == 12


def test_another_number_of_layers_of_a_kind_is_refused(path):
    save_keras_3(path, {"conv2d": [K, B], "dense": [D]})
    with pytest.raises(WeightsError, match="has 1 layers of Conv2D with weights, the stack 2"):
        match(path, KINDS, **STACK)


def test_kinds_of_one_side_alone_are_named(path):
    save_keras_3(path, {"dense": [D], "lstm": [D]})
    found = match(path, KINDS, **STACK)
    assert list(found.arrays) == ["last"]
    assert said(path, found)[:2] == [
        "the stack has no layer lstm; left out",
        "the file has no layer one, bn, two; left as initialised",
    ]


def test_names_that_the_file_notes_count_if_they_are_the_stacks(path):
    save_keras_3(path, {"conv2d": [K, B], "conv2d_1": [K + 1, B + 1]})
    with h5py.File(path, "r+") as file:
        file["layers/conv2d/vars"].attrs["name"] = "two"
        file["layers/conv2d_1/vars"].attrs["name"] = "one"
    swapped = {"one": STACK["two"], "two": STACK["one"]}
    assert said(path, match(path, KINDS, **swapped)) == []
    with h5py.File(path, "r+") as file:
        file["layers/conv2d/vars"].attrs["name"] = "conv2d_17"
        file["layers/conv2d_1/vars"].attrs["name"] = "two"
    assert len(match(path, KINDS, one=STACK["one"], two=STACK["two"]).arrays) == 2


def test_a_group_that_holds_itself_is_refused(path):
    save_keras_3(path, {"functional/conv2d": [K]})
    with h5py.File(path, "r+") as file:
        file["layers/functional/layers/functional"] = file["layers/functional"]
    with pytest.raises(WeightsError, match="damaged"):
        read_weights(path)


# Keras itself


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")
@each("suffix", [".h5", ".weights.h5"])
def test_what_keras_wrote_of_models_in_models(tmp_path, suffix):
    keras = pytest.importorskip("keras")
    layers = keras.layers

    def nest(name: str, model: Any) -> Any:
        conv = layers.Conv2D(4, 3, padding="same", name=f"{name}_c")
        norm = layers.BatchNormalization(name=f"{name}_n")
        inner = keras.Sequential([keras.Input((8, 8, 4)), conv, norm], name=f"{name}_inner")
        start = keras.Input((8, 8, 4))
        middle = layers.SeparableConv2D(4, 3, padding="same", name=f"{name}_s")(inner(start))
        return keras.Model(start, middle, name=name)(model)

    start = keras.Input((8, 8, 4))
    x = nest("a", layers.Conv2D(4, 3, padding="same", name="first one")(start))
    x = layers.PReLU(shared_axes=[1, 2], name="p")(x)
    out = layers.Dense(3, name="d")(layers.Flatten()(nest("b", x)))
    model = keras.Model(start, out)

    def walk(layer: Any) -> Any:
        for inner in layer.layers:
            yield from walk(inner) if hasattr(inner, "layers") else [inner]

    flat = [layer for layer in walk(model) if layer.weights]
    rng = np.random.default_rng(0)
    for layer in flat:
        layer.set_weights([rng.random(weight.shape, np.float32) for weight in layer.weights])
    stack = {legal_name(layer.name): {w.name: keras.ops.convert_to_numpy(w) for w in layer.weights} for layer in flat}
    kinds = {legal_name(layer.name): type(layer).__name__ for layer in flat}
    (model.save if suffix == ".h5" else model.save_weights)(tmp_path / f"m{suffix}")
    assert len(match(tmp_path / f"m{suffix}", kinds, **stack).arrays) == len(flat)
    if suffix == ".weights.h5":
        renamed = {f"x{number}": weights for number, weights in enumerate(stack.values())}
        kinds = dict(zip(renamed, kinds.values(), strict=True))
        assert len(match(tmp_path / f"m{suffix}", kinds, **renamed).arrays) == len(flat)
