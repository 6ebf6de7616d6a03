"""Weights of PyTorch on a stack: what PyTorch computes comes out, whatever form the file has."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz
from cnnviz.cli import execute
from cnnviz.errors import WeightsError

FOLDER = Path(__file__).parents[1] / "data/state_dicts"
LAYERS: list[dict[str, Any]] = [
    {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "padding": "same"},
    {"type": "BatchNormalization", "name": "norm", "epsilon": 1e-5},
    {"type": "DepthwiseConv2D", "name": "depthwise", "kernel_size": 3, "depth_multiplier": 2},
    {"type": "PReLU", "name": "prelu", "shared_axes": [1, 2]},
    {"type": "Conv2D", "name": "grouped", "filters": 6, "kernel_size": [1, 3], "groups": 2, "use_bias": False},
    {"type": "MaxPooling2D", "name": "pool"},
    {"type": "Conv2DTranspose", "name": "up", "filters": 2, "kernel_size": 3, "strides": 2},
    {"type": "Flatten", "name": "flatten"},
    {"type": "Dense", "name": "fc", "units": 5},
    {"type": "BatchNormalization", "name": "norm_2", "epsilon": 1e-5},
    {"type": "Dense", "name": "scores", "units": 3},
]
FILES = ["zip.pth", "legacy.pth", "checkpoint.pt", "plain.safetensors"]


def scores(weights: Path, layers: list[dict[str, Any]] = LAYERS) -> np.ndarray:
    if weights.suffix == ".safetensors":
        pytest.importorskip("safetensors", reason="safetensors is an extra")
    network = cnnviz.load_stack({"layers": layers}).build((10, 10, 3), weights=weights)
    return list(network.forward(expected()["x"]).values())[-1]


def expected() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "expected.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("file", FILES)
def test_what_pytorch_computes_comes_out(file: str) -> None:
    np.testing.assert_allclose(scores(FOLDER / file), expected()["y"], rtol=1e-12)


def test_modules_go_by_their_order_if_no_names_are_in_common() -> None:
    with pytest.warns(UserWarning, match="by their order"):
        np.testing.assert_allclose(scores(FOLDER / "numbered.pth"), expected()["y"], rtol=1e-12)


def test_the_suffix_does_not_matter(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "zip.pth", tmp_path / "weights.h5")
    np.testing.assert_allclose(scores(tmp_path / "weights.h5"), expected()["y"], rtol=1e-12)


def test_layers_that_the_file_lacks_are_said_and_initialised() -> None:
    with pytest.warns(UserWarning, match="another"):
        scores(FOLDER / "zip.pth", [*LAYERS, {"type": "Dense", "name": "another", "units": 2}])
    with pytest.warns(UserWarning, match="scores"):
        scores(FOLDER / "zip.pth", LAYERS[:-1])


@pytest.mark.parametrize("gone", [["norm"], ["norm_2"], ["norm", "norm_2"]])
def test_normalisations_that_the_stack_passes_over_are_an_error(gone: list[str]) -> None:
    layers = [layer for layer in LAYERS if layer["name"] not in gone]
    with pytest.raises(WeightsError) as caught:
        scores(FOLDER / "zip.pth", layers)
    assert f"it normalises by {', '.join(gone)} between layers" in str(caught.value)


def test_a_stack_may_end_before_a_normalisation() -> None:
    for count in range(1, len(LAYERS)):
        with pytest.warns(UserWarning, match="which the stack lacks"):
            scores(FOLDER / "zip.pth", LAYERS[:count])


@pytest.mark.parametrize(
    ("number", "change", "said"),
    [
        (0, {"filters": 5}, ["conv", "Conv2D", "4x3x3x3"]),
        (0, {"use_bias": False}, ["conv", "bias", "use_bias"]),
        (1, {"scale": False}, ["norm", "running_var"]),
        (8, {"units": 6}, ["fc", "Dense", "5x126"]),
    ],
)
def test_what_does_not_fit_is_said_with_both_shapes(number: int, change: dict[str, Any], said: list[str]) -> None:
    layers = [layer | (change if at == number else {}) for at, layer in enumerate(LAYERS)]
    with pytest.raises(WeightsError) as caught:
        scores(FOLDER / "zip.pth", layers)
    assert all(word in str(caught.value) for word in said)


def test_as_many_modules_as_layers_are_needed_to_go_by_order() -> None:
    with pytest.raises(WeightsError, match=r"9 modules.*8 layers"):
        scores(FOLDER / "numbered.pth", LAYERS[:-1])


def test_a_run_takes_them_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stack.yaml").write_text(f"layers: {LAYERS}".replace("'", "").replace("False", "false"))
    np.save(tmp_path / "x.npy", expected()["x"])
    weights, out = FOLDER / "checkpoint.pt", tmp_path / "out"
    arguments = ["-c", tmp_path / "stack.yaml", "--weights", weights, "-o", out, "--workers", 2, "-q"]
    assert execute(["run", *map(str, [tmp_path / "x.npy", *arguments])]) == 0
    assert "file" in (out / "x/report.json").read_text()


def test_a_flattened_map_of_one_channel_or_one_pixel_lies_alike() -> None:
    from cnnviz.stack.channels_first import channels_first_orders
    from cnnviz.stack.graph import infer

    for shape in ((1, 1, 6), (4, 5, 1)):
        stack = cnnviz.load_stack({"layers": [{"type": "Flatten"}, {"type": "Dense", "units": 2}]})
        assert channels_first_orders(infer(stack, shape)) == {}


def test_orders_go_through_what_keeps_them_and_add_up_where_vectors_are_joined() -> None:
    from cnnviz.stack.channels_first import channels_first_orders
    from cnnviz.stack.graph import infer

    layers = [
        {"type": "Flatten", "name": "a"},
        {"type": "Activation", "name": "b", "activation": "relu"},
        {"type": "GlobalAveragePooling2D", "name": "c", "inputs": ["input"]},
        {"type": "Concatenate", "name": "d", "inputs": ["c", "b"]},
        {"type": "Dense", "name": "e", "units": 30},
    ]
    orders = channels_first_orders(infer(cnnviz.load_stack({"layers": layers}), (2, 3, 5)))
    x = np.arange(30).reshape(2, 3, 5)
    theirs = x.transpose(2, 0, 1).reshape(-1)
    np.testing.assert_array_equal(theirs[orders["a"]], x.reshape(-1))
    np.testing.assert_array_equal(orders["b"], orders["a"])
    np.testing.assert_array_equal(
        np.concatenate([range(5), theirs + 5])[orders["d"]], [*range(5), *(x.reshape(-1) + 5)]
    )
    assert orders.keys() == {"a", "b", "d"}


def test_weights_that_do_not_fit_leave_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", expected()["x"])
    Path("stack.yaml").write_text("layers: [{type: Conv2D, name: conv, filters: 5, kernel_size: 3}]\n")
    arguments = ["run", "x.npy", "-c", "stack.yaml", "--weights", str(FOLDER / "zip.pth"), "-qq", "-o"]
    for output in ("out", "deep/out"):
        assert execute([*arguments, output]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stack.yaml", "x.npy"]
    (tmp_path / "mine").mkdir()
    assert execute([*arguments, "mine/out"]) == 2
    assert (tmp_path / "mine").is_dir() and not list((tmp_path / "mine").iterdir())
