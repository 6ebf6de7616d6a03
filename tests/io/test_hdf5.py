from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.errors import OutputError, WeightsError
from cnnviz.io.hdf5 import writing
from cnnviz.io.hdf5.activations import write_activations
from cnnviz.io.hdf5.matching import match_weights
from cnnviz.io.hdf5.opening import read_mark
from cnnviz.io.hdf5.reading import read_weights
from cnnviz.io.hdf5.writing import write_weights
from tests.helpers.weights_files import NAMES, SPECS, WEIGHTS, sha256, shapes, spoilt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.h5"


# Writing


def test_the_layout_is_the_legacy_one_of_keras(path):
    write_weights(path, WEIGHTS, NAMES)
    with h5py.File(path) as file:
        assert set(file.attrs) == {"layer_names", "backend", "keras_version"}
        assert file.attrs["layer_names"].tolist() == [b"conv_1", b"relu", b"d"]
        assert file.attrs["backend"] == b"tensorflow"
        assert file.attrs["keras_version"] == b"2.15.0"
        assert file["conv_1"].attrs["weight_names"].tolist() == [b"conv_1/kernel:0", b"conv_1/bias:0"]
        assert file["relu"].attrs["weight_names"].tolist() == []
        assert np.array_equal(file["conv_1/conv_1/kernel:0"][()], WEIGHTS["conv_1"]["kernel"])
        assert file["d/d/kernel:0"].dtype == np.dtype("<f4")


@pytest.mark.parametrize("block", [1, 100, 1 << 24])
def test_the_bytes_follow_from_the_weights_alone(path, monkeypatch, block):
    monkeypatch.setattr(writing, "_BLOCK", block)
    write_weights(path, WEIGHTS, NAMES)
    # Checked with HDF5 1.14 and 2.0.
    assert sha256(path) == "849bd5a05b363951e8e5a90db93500dfe470de21a28172638950a9f191db8206"


def test_weights_without_numbers_come_back(path):
    write_weights(path, {"a": {"kernel": np.zeros((3, 0)), "bias": np.zeros(0)}, "b": WEIGHTS["conv_1"]}, ["a", "b"])
    with h5py.File(path) as file:
        assert (file["a/a/kernel:0"].shape, file["a/a/bias:0"].shape) == ((3, 0), (0,))
        assert np.array_equal(file["b/b/kernel:0"][()], WEIGHTS["conv_1"]["kernel"])


def test_a_mark_is_read_again_from_our_files_only(path, tmp_path):
    write_weights(path, WEIGHTS, NAMES, "abc")
    assert read_mark(path) == "abc"
    write_weights(path, WEIGHTS, NAMES)
    assert read_mark(path) is None
    assert read_mark(tmp_path) is None
    assert read_mark(tmp_path / "nothing") is None
    path.write_bytes(b"something else")
    assert read_mark(path) is None


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_full_disk_is_an_output_error_and_leaves_nothing(path):
    import resource

    weights = {f"layer{i}": {"kernel": np.ones((500, 500), np.float32)} for i in range(3)}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(OutputError, match=r"cannot write .*w\.h5: the file would be too large"):
            write_weights(path, weights, list(weights))
        with (
            pytest.raises(OutputError, match=r"cannot write .*w\.h5: the file would be too large"),
            write_activations(path) as put,
        ):
            for name, arrays in weights.items():
                put(name, arrays["kernel"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(path.parent.iterdir()) == []


def test_a_missing_folder_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="no does not exist"):
        write_weights(tmp_path / "no" / "w.h5", WEIGHTS, NAMES)


def test_activations(path):
    planes = np.arange(24.0).reshape(2, 3, 4)
    with write_activations(path) as put:
        put("z", planes.transpose(1, 2, 0))
        put("a", np.arange(5, dtype=np.float32))
        assert not path.exists()
    with h5py.File(path) as file:
        assert file.attrs["layer_names"].tolist() == [b"z", b"a"]
        assert file["z"].dtype == np.float64
        assert np.array_equal(file["z"][()], planes.transpose(1, 2, 0))
        assert file["a"].dtype == np.float32
    first = path.read_bytes()
    with write_activations(path) as put:
        put("z", planes.transpose(1, 2, 0).copy())
        put("a", np.arange(5, dtype=np.float32))
    assert path.read_bytes() == first


def test_activations_of_a_failed_run_leave_nothing(path):
    def fail() -> None:
        with write_activations(path) as put:
            put("a", np.zeros(3))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(path.parent.iterdir()) == []


# Reading what was written


@given(st.data())
@settings(max_examples=8)
def test_what_was_written_is_read(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("round") / "w.h5"
    names = data.draw(
        st.lists(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}", fullmatch=True), min_size=1, unique=True)
    )
    shape = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
    rng = np.random.default_rng(0)
    weights = {}
    for name in names:
        declared = data.draw(st.dictionaries(st.sampled_from(["kernel", "bias", "gamma"]), shape))
        if declared:
            weights[name] = {weight: rng.random(shape, np.float32) for weight, shape in declared.items()}
    write_weights(path, weights, names)
    file = read_weights(path)
    assert list(file.layers) == names
    assert file.sha256 == sha256(path)
    if weights:
        matched, remarks, paths = match_weights(file, shapes(weights))
        assert remarks == []
        assert paths == {layer: (layer,) for layer in matched}
        assert {layer: list(arrays) for layer, arrays in matched.items()} == {
            layer: list(arrays) for layer, arrays in weights.items()
        }
        for layer, arrays in weights.items():
            for name, array in arrays.items():
                assert np.array_equal(matched[layer][name], array)
    shutil.rmtree(path.parent)


def test_lists_of_names_longer_than_a_header(path):
    names = [f"{i:0300d}" for i in range(500)]
    write_weights(path, {names[-1]: {"kernel": np.ones(2, np.float32)}}, names)
    with h5py.File(path) as file:
        assert "layer_names" not in file.attrs
        assert {"layer_names0", "layer_names1", "layer_names2"} <= set(file.attrs)
    assert list(read_weights(path).layers) == names


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4", ">f8"])
@pytest.mark.parametrize("options", [{}, {"compression": "gzip", "shuffle": True}, {"fletcher32": True}])
def test_other_precisions_orders_and_compression(path, dtype, options):
    kernel = np.arange(15.0).reshape(5, 3) / 4
    with spoilt(path) as file:
        file["d"].create_dataset("d/kernel:0", data=kernel.astype(dtype), **options)
    read = match_weights(read_weights(path), SPECS).arrays["d"]["kernel"]
    assert read.dtype == np.float32
    assert read.dtype.isnative
    assert np.array_equal(read, kernel)


def test_a_whole_model_and_names_as_text(path):
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = ["d", "top"]
        root.create_group("top").attrs["weight_names"] = []
        root.create_group("d").attrs["weight_names"] = ["sequential/d/any_name"]
        root["d/sequential/d/any_name"] = np.ones((5, 3))
    match = match_weights(read_weights(path), {"d": {"kernel": (5, 3)}})
    assert match.remarks == []
    assert np.array_equal(match.arrays["d"]["kernel"], np.ones((5, 3)))


def test_layers_of_only_one_side(path):
    write_weights(path, WEIGHTS, NAMES)
    match = match_weights(read_weights(path), {"d": {"kernel": (5, 3)}, "new": {"bias": (2,)}})
    assert list(match.arrays) == ["d"]
    assert match.remarks == [
        f"{path}: the stack has no layer conv_1; left out",
        f"{path}: the file has no layer new; left as initialised",
    ]


# Keras itself


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")
def test_keras_and_we_read_each_other(tmp_path):
    keras = pytest.importorskip("keras")
    layers = keras.layers
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Conv2D(4, 3, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.PReLU(name="p_re_lu", shared_axes=[1, 2]),
            layers.Dropout(0.5, name="dropout"),
            layers.SeparableConv2D(5, 3, name="separable"),
            layers.DepthwiseConv2D(3, name="depthwise"),
            layers.Conv2DTranspose(2, 3, name="transposed"),
            layers.LayerNormalization(name="layer_norm"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, name="dense"),
        ]
    )

    def weights() -> dict[str, dict[str, Any]]:
        return {
            layer.name: {weight.name: keras.ops.convert_to_numpy(weight) for weight in layer.weights}
            for layer in model.layers
            if layer.weights
        }

    def equal(one: Any, other: Any) -> bool:
        return all(np.array_equal(one[layer][name], other[layer][name]) for layer in other for name in other[layer])

    saved = weights()
    model.save(tmp_path / "whole.h5")
    matched, remarks, _ = match_weights(read_weights(tmp_path / "whole.h5"), shapes(saved))
    assert remarks == []
    assert {layer: list(arrays) for layer, arrays in matched.items()} == {
        layer: list(arrays) for layer, arrays in saved.items()
    }
    assert equal(matched, saved)

    doubled = {layer: {name: 2 * array for name, array in arrays.items()} for layer, arrays in saved.items()}
    write_weights(tmp_path / "ours.h5", doubled, [layer.name for layer in model.layers], "mark")
    assert not equal(weights(), doubled)
    model.load_weights(tmp_path / "ours.h5", by_name=True)
    assert equal(weights(), doubled)

    write_weights(tmp_path / "ours.h5", saved, [layer.name for layer in model.layers])
    model.load_weights(tmp_path / "ours.h5")
    assert equal(weights(), saved)

    model.save_weights(tmp_path / "new.weights.h5")
    kinds = {layer.name: type(layer).__name__ for layer in model.layers}
    assert equal(match_weights(read_weights(tmp_path / "new.weights.h5"), shapes(saved), kinds).arrays, saved)
    model.save(tmp_path / "new.keras")
    with pytest.raises(WeightsError, match=r"is an archive \(\.keras"):
        read_weights(tmp_path / "new.keras")
