"""A weights file under a stack: what a user is told of it, and what gets the weights."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz
from cnnviz.errors import WeightsError
from cnnviz.io.hdf5.model_config import parse_config
from cnnviz.stack.graph import infer
from cnnviz.stack.loading import differences
from tests.helpers.rows import each
from tests.helpers.weights_files import save_keras


def told(layers: list[dict[str, Any]], config: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Say how a stack differs from layers as a file describes them."""
    stack = cnnviz.load_stack({"layers": layers})
    described = [{"class_name": kind, "config": fields} for kind, fields in config]
    text = json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": described}})
    return list(differences(infer(stack, (8, 8, 4)), parse_config(text), {}))


CONV = {
    "name": "c",
    "filters": 2,
    "kernel_size": [3, 3],
    "strides": [1, 1],
    "padding": "valid",
    "data_format": "channels_last",
    "dilation_rate": [1, 1],
    "activation": "linear",
    "use_bias": True,
    "kernel_initializer": {"class_name": "Ones", "config": {}},
    "trainable": False,
}
HERE = {"type": "Conv2D", "filters": 2, "kernel_size": 3}
NORM = {"name": "c", "axis": [3], "momentum": 0.9, "epsilon": 0.001, "center": True, "scale": True}


@each(
    ("layer", "kind", "config", "difference"),
    [
        (HERE, "Conv2D", CONV, ""),
        (HERE | {"activation": "silu"}, "Conv2D", CONV | {"activation": "swish"}, ""),
        (
            HERE | {"activation": "relu"},
            "Conv2D",
            CONV | {"activation": {"class_name": "function", "config": "relu"}},
            "",
        ),
        (HERE, "Conv2D", CONV | {"activation": "relu"}, "activation relu, here none"),
        (HERE, "Conv2D", CONV | {"strides": [2, 2]}, "strides [2, 2], here 1"),
        (HERE, "Conv2D", CONV | {"padding": "same"}, "padding same, here valid"),
        (HERE, "Conv2D", CONV | {"dilation_rate": 2}, "dilation_rate 2, here 1"),
        (HERE, "Conv2D", CONV | {"data_format": "channels_first"}, "data_format channels_first, here channels_last"),
        (HERE, "SeparableConv2D", CONV, "SeparableConv2D, here Conv2D"),
        (
            HERE,
            "Convolution2D",
            {
                "name": "c",
                "nb_filter": 2,
                "nb_row": 3,
                "nb_col": 3,
                "border_mode": "same",
                "subsample": [1, 1],
                "dim_ordering": "tf",
                "bias": True,
            },
            "padding same, here valid",
        ),
        ({"type": "BatchNormalization"}, "BatchNormalizationV1", NORM, ""),
        ({"type": "BatchNormalization", "epsilon": 1e-5}, "BatchNormalization", NORM, "epsilon 0.001, here 1e-05"),
        ({"type": "BatchNormalization"}, "BatchNormalization", NORM | {"axis": 1}, "axis 1, here -1"),
        ({"type": "BatchNormalization"}, "BatchNormalization", NORM | {"epsilon": 0.0010000000474974513}, ""),
        (
            {"type": "MaxPooling2D", "pool_size": 2, "strides": 2},
            "MaxPooling2D",
            {"name": "c", "pool_size": [2, 2], "strides": None},
            "",
        ),
        (
            {"type": "MaxPooling2D", "pool_size": 2},
            "MaxPooling2D",
            {"name": "c", "pool_size": [2, 2], "strides": [1, 1]},
            "strides [1, 1], here none",
        ),
        ({"type": "LeakyReLU"}, "LeakyReLU", {"name": "c", "alpha": 0.30000001192092896}, ""),
        ({"type": "LeakyReLU"}, "LeakyReLU", {"name": "c", "alpha": 0.1}, "negative_slope 0.1, here 0.3"),
        ({"type": "ReLU", "max_value": 6}, "ReLU", {"name": "c", "max_value": None}, "max_value none, here 6"),
        ({"type": "ZeroPadding2D", "padding": 1}, "ZeroPadding2D", {"name": "c", "padding": [[1, 1], [1, 1]]}, ""),
        (
            {"type": "ZeroPadding2D", "padding": 1},
            "ZeroPadding2D",
            {"name": "c", "padding": [[0, 1], [0, 1]]},
            "padding [[0, 1], [0, 1]], here 1",
        ),
        (
            {"type": "UpSampling2D"},
            "UpSampling2D",
            {"name": "c", "size": [2, 2], "interpolation": "bilinear"},
            "interpolation bilinear, here nearest",
        ),
        ({"type": "Dropout", "rate": 0.1}, "Dropout", {"name": "c", "rate": 0.9}, ""),
        ({"type": "Reshape", "target_shape": [16, 16, 1]}, "Reshape", {"name": "c", "target_shape": [-1, 16, 1]}, ""),
        ({"type": "Softmax"}, "Softmax", {"name": "c", "axis": {"odd": 1}}, "axis None, here -1"),
        ({"type": "Flatten"}, "Flatten", {"name": "another", "data_format": "channels_last"}, ""),
    ],
)
def test_what_the_file_describes_otherwise(layer, kind, config, difference):
    found = told([{"name": "c", **layer}], [(kind, config)])
    assert found[:1] == ([f'layer "c" is another in the file: {difference}'] if difference else [])
    assert not found[1:]


@each(
    ("kind", "fields", "is_said"),
    [
        ("Flatten", {"data_format": "channels_first"}, False),  # which puts them last by itself
        ("Flatten", {"data_format": "channels_last"}, True),
        ("Reshape", {"target_shape": [-1]}, True),
    ],
)
def test_channels_that_come_first_matter_where_they_are_flattened_as_they_lie(kind, fields, is_said):
    conv = ("Conv2D", CONV | {"data_format": "channels_first"})
    found = told([{"name": "c", **HERE}], [conv, (kind, {"name": "f", **fields})])
    assert any("another order" in line for line in found) == is_said


def test_no_more_than_ten_layers_are_listed():
    fields = {name: value for name, value in CONV.items() if name != "name"}
    names = [f"c{i}" for i in range(15)]
    layers = [{"type": "Conv2D", "name": name, "filters": 2, "kernel_size": 1} for name in names]
    found = told(layers, [("Conv2D", {"name": name, **fields}) for name in names])
    assert len(found) == 11
    assert found[-1] == "5 more layers are others in the file"


def test_building_warns_of_what_stays_random(tmp_path: Path):
    path = tmp_path / "w.h5"
    kernel = np.random.default_rng(0).random((3, 3, 1, 2), np.float32)
    save_keras(path, {"outer": {"conv/kernel:0": kernel}, "more": {"more/kernel:0": kernel}})
    layers = [
        {"type": "Conv2D", "name": "conv", "filters": 2, "kernel_size": 3, "use_bias": False},
        {"type": "Conv2D", "name": "new", "filters": 2, "kernel_size": 3},
    ]
    stack = cnnviz.load_stack({"layers": layers})
    with pytest.warns(UserWarning) as caught:
        network = stack.build((9, 9, 1), weights=path)
    assert [str(warning.message).removeprefix(f"{path}: ") for warning in caught] == [
        "the stack has no layer more; left out",
        "the file has no layer new; left as initialised",
        "layers go by other names in the file: conv is outer/conv",
    ]
    assert {warning.filename for warning in caught} == {__file__}
    assert np.array_equal(network.weights["conv"]["kernel"], kernel)
    assert network.origins == {"conv": "file", "new": "initialised"}
    network.save_weights(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stack.build((9, 9, 1), weights=path)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")
def test_keras_describes_its_defaults_as_ours(tmp_path: Path):
    keras = pytest.importorskip("keras")
    layers = keras.layers
    made = [
        layers.Conv2D(4, 3, name="a"),
        layers.BatchNormalization(name="b"),
        layers.DepthwiseConv2D(3, name="c"),
        layers.SeparableConv2D(4, 3, name="d"),
        layers.Conv2DTranspose(4, 3, name="e"),
        layers.ReLU(name="f"),
        layers.LeakyReLU(name="g"),
        layers.ELU(name="h"),
        layers.PReLU(name="i"),
        layers.Activation("silu", name="j"),
        layers.MaxPooling2D(name="k"),
        layers.AveragePooling2D(2, name="l"),
        layers.UpSampling2D(name="m"),
        layers.ZeroPadding2D(name="n"),
        layers.Cropping2D(name="o"),
        layers.LayerNormalization(name="p"),
        layers.Dropout(0.5, name="q"),
        layers.Permute((2, 1, 3), name="r"),
        layers.Softmax(name="s"),
        layers.Flatten(name="t"),
        layers.Dense(12, name="u"),
        layers.Reshape((2, 2, 3), name="v"),
        layers.GlobalAveragePooling2D(name="w"),
    ]
    keras.Sequential([keras.Input((16, 16, 3)), *made]).save(tmp_path / "m.h5")
    given = {
        "Conv2D": {"filters": 4, "kernel_size": 3},
        "DepthwiseConv2D": {"kernel_size": 3},
        "SeparableConv2D": {"filters": 4, "kernel_size": 3},
        "Conv2DTranspose": {"filters": 4, "kernel_size": 3},
        "Activation": {"activation": "silu"},
        "Permute": {"dims": [2, 1, 3]},
        "Dense": {"units": 12},
        "Reshape": {"target_shape": [2, 2, 3]},
        "MaxPooling2D": {"pool_size": 2},
        "AveragePooling2D": {"pool_size": 2},
        "Dropout": {"rate": 0.5},
        "ZeroPadding2D": {"padding": 1},
        "Cropping2D": {"cropping": 0},
    }
    stack = [
        {"type": type(layer).__name__, "name": layer.name, **given.get(type(layer).__name__, {})} for layer in made
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cnnviz.load_stack({"layers": stack}).build((16, 16, 3), weights=tmp_path / "m.h5")


@pytest.mark.parametrize("end", [1, 2, 3, 4, 5, 6])
def test_normalisations_that_the_stack_passes_over_are_an_error(tmp_path: Path, end: int) -> None:
    layers = [
        {"type": "Conv2D", "name": "conv_1", "filters": 4, "kernel_size": 3},
        {"type": "BatchNormalization", "name": "norm_1"},
        {"type": "Conv2D", "name": "conv_2", "filters": 4, "kernel_size": 3, "use_bias": False},
        {"type": "BatchNormalization", "name": "norm_2"},
        {"type": "Flatten", "name": "flat"},
        {"type": "Dense", "name": "scores", "units": 3},
    ]
    cnnviz.load_stack({"layers": layers}).build((9, 9, 1)).save_weights(tmp_path / "w.h5")
    whole, bare = layers[:end], [layer for layer in layers[:end] if layer["type"] != "BatchNormalization"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cnnviz.load_stack({"layers": whole}).build((9, 9, 1), weights=tmp_path / "w.h5")
        skipped = {3: "norm_1", 4: "norm_1", 5: "norm_1", 6: "norm_1, norm_2"}.get(end)
        if skipped is None:
            cnnviz.load_stack({"layers": bare}).build((9, 9, 1), weights=tmp_path / "w.h5")
            return
        with pytest.raises(WeightsError, match=f"it normalises by {skipped} between"):
            cnnviz.load_stack({"layers": bare}).build((9, 9, 1), weights=tmp_path / "w.h5")
