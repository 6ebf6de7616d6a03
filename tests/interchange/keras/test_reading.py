"""Models as people have them: the same network out of every form, and what the file says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.config.load import load_stack
from cnnviz.interchange import ImportOptions, import_model
from cnnviz.interchange.model import ImportedModel
from cnnviz.stack.graph import infer
from cnnviz.stack.network import Network
from cnnviz.stack.weights import make_weights
from tests.helpers.keras_files import KERNEL, ROWS, WEIGHTS, archive, functional, layer, layers_model, small, whole
from tests.helpers.layers_models import write_layers_model
from tests.helpers.rows import each

PLAIN = ImportOptions()
PICTURE = layer("InputLayer", "picture", batch_input_shape=[None, 6, 6, 3])
PIXELS = np.random.default_rng(3).uniform(0, 255, (6, 6, 3))


def outputs(model: ImportedModel, pixels: Any = PIXELS) -> dict[str, Any]:
    stack = load_stack(model.document)
    nodes = infer(stack, pixels.shape)
    return Network(stack, pixels.shape, nodes, make_weights(nodes, 0, model.weights), "float64", 1).forward(pixels)


def read(path: Path, **options: Any) -> ImportedModel:
    return import_model(path, ImportOptions(**options))


def expected() -> dict[str, Any]:
    """The network of `small`, as plain as a textbook has it."""
    x = PIXELS / 255
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (0, 1))
    conv = np.maximum(np.einsum("yxcij,ijcf->yxf", windows, KERNEL) + WEIGHTS["conv"][1], 0)
    scores = np.exp(conv.ravel() @ ROWS + WEIGHTS["scores"][1])
    return {"conv": conv, "scores": scores / scores.sum()}


FORMS: dict[str, Any] = {
    "an archive": lambda folder: archive(folder / "m.keras", small()),
    "a whole model": lambda folder: whole(folder / "m.h5", small()),
    "a layers-model": lambda folder: layers_model(folder, small()),
}


@each("form", FORMS)
def test_a_network_is_the_same_out_of_every_form(form: str, tmp_path: Path) -> None:
    model = read(FORMS[form](tmp_path))
    out = outputs(model)
    assert list(out) == ["conv", "flat", "scores"]
    for name, wanted in expected().items():
        np.testing.assert_allclose(out[name], wanted, rtol=1e-6)
    assert model.sources == {"conv": "conv", "flat": "flat", "scores": "scores"}
    assert model.document["input"] == {"size": [6, 6], "color": "rgb", "scale": "1/255"}
    assert model.document["layers"][0] == {
        "type": "Conv2D",
        "name": "conv",
        "filters": 2,
        "kernel_size": 3,
        "activation": "relu",
    }


def test_names_of_keras_1_mean_what_they_meant(tmp_path: Path) -> None:
    model = {
        "class_name": "Sequential",
        "config": [
            {
                "class_name": "Convolution2D",
                "config": {
                    "name": "conv",
                    "nb_filter": 2,
                    "nb_row": 3,
                    "nb_col": 3,
                    "border_mode": "valid",
                    "activation": "relu",
                    "dim_ordering": "th",
                    "batch_input_shape": [None, 3, 6, 6],
                },
            },
            {"class_name": "Flatten", "config": {"name": "flat"}},
            {"class_name": "Dense", "config": {"name": "scores", "output_dim": 3, "activation": "softmax"}},
        ],
    }
    rows = ROWS.reshape(4, 4, 2, 3).transpose(2, 0, 1, 3).reshape(32, 3)  # the channels came first
    weights = {
        "conv": [KERNEL.transpose(3, 2, 0, 1)[:, :, ::-1, ::-1], WEIGHTS["conv"][1]],
        "scores": [rows, WEIGHTS["scores"][1]],
    }
    path = whole(tmp_path / "m.h5", model, weights, version="1.2.2")
    import h5py

    with h5py.File(path, "a") as file:
        file["model_weights"].attrs["backend"] = "theano"
    found = read(path)
    out = outputs(found)
    for name, wanted in expected().items():
        np.testing.assert_allclose(out[name], wanted, rtol=1e-6)
    assert "order" in found.comments["scores"]


@each("kind, tolerance", [("float16", 2e-3), ("uint16", 1e-3), ("uint8", 0.1)])
def test_quantised_weights_come_near(kind: str, tolerance: float, tmp_path: Path) -> None:
    path = write_layers_model(tmp_path / "js", whole(tmp_path / "m.h5", small()), kind, 50)
    out = outputs(read(path))
    for name, wanted in expected().items():
        np.testing.assert_allclose(out[name], wanted, atol=tolerance)


def test_the_end_can_be_any_layer(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.keras", small())
    model = read(path, until="conv", name="part")
    assert model.document["name"] == "part"
    assert [entry["name"] for entry in model.document["layers"]] == ["conv"]
    assert list(model.weights) == ["conv"]


def test_what_lies_beyond_the_end_need_not_be_known(tmp_path: Path) -> None:
    described = small()
    described["config"]["layers"].append(layer("Lambda", "code", "scores"))
    described["config"]["output_layers"] = [["code", 0, 0]]
    assert len(read(archive(tmp_path / "m.keras", described), until="scores").document["layers"]) == 3


def test_a_shared_layer_becomes_two_with_the_same_weights(tmp_path: Path) -> None:
    shared = layer("Conv2D", "conv", filters=2, kernel_size=[1, 1], padding="same")
    shared["inbound_nodes"] = [[["picture", 0, 0, {}]], [["back", 0, 0, {}]]]
    model = functional(
        PICTURE,
        shared,
        layer("Concatenate", "back", nodes=[[["conv", 0, 0, {}], ["gray", 0, 0, {}]]], axis=-1),
        layer("Conv2D", "gray", "picture", filters=1, kernel_size=1),
        layer("Add", "sum", nodes=[[["conv", 0, 0, {}], ["conv", 1, 0, {}]]]),
    )
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(1, 1, 3, 2)).astype(np.float32), rng.normal(size=2).astype(np.float32)
    gray = [rng.normal(size=(1, 1, 3, 1)).astype(np.float32), np.zeros(1, np.float32)]
    found = read(archive(tmp_path / "m.keras", model, {"conv": [kernel, bias], "gray": gray}))
    assert found.sources["conv_1"] == "conv:1"
    assert np.array_equal(found.weights["conv"]["kernel"], found.weights["conv_1"]["kernel"])
    out, x = outputs(found), PIXELS / 255
    once = x @ kernel[0, 0] + bias
    twice = np.concatenate([once, x @ gray[0][0, 0]], -1) @ kernel[0, 0] + bias
    np.testing.assert_allclose(out["sum"], once + twice, rtol=1e-5)


def test_models_in_models_are_flattened_and_numbered_from_one_or_none(tmp_path: Path) -> None:
    entry = layer("InputLayer", "entry", batch_input_shape=[None, 6, 6, 3])
    inner = functional(entry, layer("ReLU", "relu", "entry"), layer("Softmax", "soft", "relu"), name="inner")
    for start in (0, 1):
        nested = {**inner, "name": "inner", "inbound_nodes": [[["picture", 0, 0, {}]]]}
        model = functional(PICTURE, nested, layer("Softmax", "soft", nodes=[[["inner", start, 0, {}]]]))
        found = read(whole(tmp_path / f"m{start}.h5", model, {}))
        assert [entry["name"] for entry in found.document["layers"]] == ["relu", "inner_soft", "soft"]
        assert found.sources["inner_soft"] == "inner/soft"


def test_names_that_are_not_legal_here_get_legal_ones(tmp_path: Path) -> None:
    model = functional(
        PICTURE,
        layer("ReLU", "block1/relu", "picture"),
        layer("ReLU", "Same", "block1/relu"),
        layer("ReLU", "same", "Same"),
        layer("ReLU", "input", "same"),
    )
    found = read(archive(tmp_path / "m.keras", model, {}))
    assert list(found.sources.values()) == ["block1/relu", "Same", "same", "input"]
    load_stack(found.document)


def test_activations_that_were_others_are_not_taken_for_today_s(tmp_path: Path) -> None:
    model = functional(PICTURE, layer("Activation", "bend", "picture", activation="hard_sigmoid"))
    x = PIXELS / 255
    today = outputs(read(archive(tmp_path / "m.keras", model, {})))["bend"]
    np.testing.assert_allclose(today, np.clip(x / 6 + 0.5, 0, 1))
    try:
        before = read(whole(tmp_path / "m.h5", model, {}))
    except Exception as error:
        pytest.skip(f"HardSigmoid is not there: {error}")
    np.testing.assert_allclose(outputs(before)["bend"], np.clip(0.2 * x + 0.5, 0, 1))


def test_what_enters_is_told_from_the_description(tmp_path: Path) -> None:
    def entry(*shape: Any, **fields: Any) -> tuple[dict[str, Any], list[str]]:
        picture = layer("InputLayer", "picture", batch_input_shape=[None, *shape], **fields)
        model = functional(picture, layer("Softmax", "soft", "picture"))
        found = read(archive(tmp_path / "m.keras", model, {}))
        return found.document["input"], found.remarks

    assert entry(None, None, 3)[0] == {"color": "rgb", "scale": "1/255"}
    assert entry(28, 28, 1)[0] == {"size": [28, 28], "color": "gray", "scale": "1/255"}
    assert entry(28, 30)[0] == {"size": [28, 30], "color": "gray", "scale": "1/255"}
    assert entry(784)[0] == {"size": [28, 28], "color": "gray", "scale": "1/255"}
    described, remarks = entry(8, 8, 4)
    assert "color" not in described
    assert any("4 channels" in remark for remark in remarks)


def test_a_reshape_goes_across_axes(tmp_path: Path) -> None:
    model = functional(PICTURE, layer("Reshape", "other", "picture", target_shape=[4, -1, 3]))
    found = read(archive(tmp_path / "m.keras", model))
    assert [one["type"] for one in found.document["layers"]] == ["Reshape"]
    np.testing.assert_allclose(outputs(found)["other"], (PIXELS / 255).reshape(4, 9, 3))
    model = functional(PICTURE, layer("Reshape", "other", "picture", target_shape=[9, 4, 3]))
    model["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 6, 6, 3]
    np.testing.assert_allclose(
        outputs(read(archive(tmp_path / "m.keras", model)))["other"].ravel(), PIXELS.ravel() / 255
    )


def test_both_inputs_of_a_merge_are_stretched(tmp_path: Path) -> None:
    model = functional(
        PICTURE,
        layer("MaxPooling2D", "rows", "picture", pool_size=[1, 6]),
        layer("GlobalAveragePooling2D", "mean", "picture", keepdims=True),
        layer("MaxPooling2D", "columns", "picture", pool_size=[6, 1]),
        layer("Multiply", "both", nodes=[[["rows", 0, 0, {}], ["columns", 0, 0, {}]]]),
        layer("Add", "all", nodes=[[["both", 0, 0, {}], ["mean", 0, 0, {}]]]),
    )
    x = PIXELS / 255
    wanted = x.max(1, keepdims=True) * x.max(0, keepdims=True) + x.mean((0, 1), keepdims=True)
    np.testing.assert_allclose(outputs(read(archive(tmp_path / "m.keras", model)))["all"], wanted)


@pytest.mark.parametrize("shape", [(1, 7, 1), (7, 1, 1), (1, 1, 4), (1, 1, 1)])
def test_axes_of_length_1_stay_where_they_are(shape: tuple[int, int, int], tmp_path: Path) -> None:
    model = functional(
        layer("InputLayer", "picture", batch_input_shape=[None, *shape]),
        layer("ZeroPadding2D", "wide", "picture", padding=[[1, 0], [0, 2]]),
        layer("Concatenate", "deep", nodes=[[["wide", 0, 0, {}], ["wide", 0, 0, {}]]], axis=3),
        layer("Concatenate", "high", nodes=[[["picture", 0, 0, {}], ["picture", 0, 0, {}]]], axis=1),
    )
    model["config"]["output_layers"] = [["deep", 0, 0], ["high", 0, 0]]
    pixels = np.random.default_rng(1).uniform(0, 1, shape)
    found = read(archive(tmp_path / "m.keras", model))
    found.document["input"] = {}
    out = outputs(found, pixels)
    wide = np.pad(pixels, ((1, 0), (0, 2), (0, 0)))
    np.testing.assert_array_equal(out["deep"], np.concatenate([wide, wide], 2))
    np.testing.assert_array_equal(out["high"], np.concatenate([pixels, pixels], 0))


def test_constants_may_have_a_number_for_every_place(tmp_path: Path) -> None:
    mean, mask = np.arange(108).reshape(6, 6, 3) / 7, np.arange(36).reshape(6, 6, 1) % 5
    model = functional(
        PICTURE,
        layer("TFOpLambda", "less", nodes=[["picture", 0, 0, {"y": mean.tolist()}]], function="math.subtract"),
        layer("TFOpLambda", "seen", nodes=[["less", 0, 0, {"y": mask.tolist()}]], function="math.multiply"),
    )
    found = read(archive(tmp_path / "m.keras", model))
    found.document["input"] = {}
    assert [entry["type"] for entry in found.document["layers"]] == ["ElementwiseAffine"] * 2
    expected = (PIXELS - mean.astype(np.float32)) * mask
    np.testing.assert_allclose(outputs(found)["seen"], expected, rtol=1e-12, atol=1e-12)


def test_what_is_smoothed_leaves_out_what_lies_outside(tmp_path: Path) -> None:
    model = functional(PICTURE, layer("Resizing", "small", "picture", height=4, width=5, antialias=True))
    (found,) = read(archive(tmp_path / "m.keras", model)).document["layers"]
    size = {"type": "Resizing", "name": "small", "height": 4, "width": 5}
    assert found == {**size, "antialias": True, "exclude_outside": True}


def test_cubics_are_those_of_tensorflow_and_jax(tmp_path: Path) -> None:
    model = functional(PICTURE, layer("Resizing", "large", "picture", height=9, width=4, interpolation="bicubic"))
    found = read(archive(tmp_path / "m.keras", model)).document["layers"]
    assert found == [
        {
            "type": "Resizing",
            "name": "large",
            "height": 9,
            "width": 4,
            "interpolation": "bicubic",
            "exclude_outside": True,
        }
    ]
