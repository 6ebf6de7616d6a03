from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import OutputError, WeightsError
from cnnviz.io.hdf5 import writing
from cnnviz.io.hdf5.matching import match_weights
from cnnviz.io.hdf5.reading import read_mark, read_weights
from cnnviz.io.hdf5.writing import write_activations, write_weights

NAMES = ["conv_1", "relu", "d"]
WEIGHTS = {
    "conv_1": {"kernel": np.arange(72, dtype=np.float32).reshape(3, 3, 2, 4), "bias": np.zeros(4, np.float32)},
    "d": {"kernel": np.ones((5, 3), np.float32)},
}


def shapes(weights: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, tuple[int, ...]]]:
    return {layer: {name: array.shape for name, array in arrays.items()} for layer, arrays in weights.items()}


SPECS = shapes(WEIGHTS)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refusal(path: Path, specs: Any = SPECS) -> str:
    """Return what is said of a file, without its folder."""
    with pytest.raises(WeightsError) as caught:
        match_weights(read_weights(path), specs)
    assert all(line.startswith((str(path), f"cannot read {path}")) for line in str(caught.value).splitlines())
    return str(caught.value).replace(f"{path.parent}{os.sep}", "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.h5"


@contextlib.contextmanager
def spoilt(path: Path) -> Iterator[h5py.File]:
    """A file of ours, open to be spoilt: without the values of the layer `d`."""
    write_weights(path, WEIGHTS, NAMES)
    with h5py.File(path, "r+") as file:
        del file["d/d/kernel:0"]
        yield file


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
    with pytest.raises(OutputError, match="it does not exist"):
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
        matched, unknown = match_weights(file, shapes(weights))
        assert unknown == []
        assert {layer: list(arrays) for layer, arrays in matched.items()} == {
            layer: list(arrays) for layer, arrays in weights.items()
        }
        for layer, arrays in weights.items():
            for name, array in arrays.items():
                assert np.array_equal(matched[layer][name], array)
    shutil.rmtree(path.parent)


def test_lists_of_names_longer_than_a_header(path):
    names = [f"{i:0100d}" for i in range(1500)]
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
    read = match_weights(read_weights(path), SPECS)[0]["d"]["kernel"]
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
    matched, unknown = match_weights(read_weights(path), {"d": {"kernel": (5, 3)}})
    assert unknown == []
    assert np.array_equal(matched["d"]["kernel"], np.ones((5, 3)))


def test_layers_of_only_one_side(path):
    write_weights(path, WEIGHTS, NAMES)
    matched, unknown = match_weights(read_weights(path), {"d": {"kernel": (5, 3)}, "new": {"bias": (2,)}})
    assert list(matched) == ["d"]
    assert unknown == ["conv_1"]


# What does not fit


def test_no_layer_in_common(path):
    write_weights(path, WEIGHTS, NAMES)
    assert refusal(path, {"conv2d": {"kernel": (3, 3, 2, 4)}}) == (
        "w.h5 has weights for conv_1, d, the stack for conv2d: none in common; weights are matched by layer name, so "
        "name the layers alike"
    )
    many = {f"l{i}": {"bias": (1,)} for i in range(12)}
    assert "the stack for l0, l1, l2, l3, l4, l5, l6, l7, l8, l9 and 2 more" in refusal(path, many)
    assert "the stack for no layer" in refusal(path, {})


def test_all_shapes_that_differ_are_named(path):
    write_weights(path, WEIGHTS, NAMES)
    specs = {"conv_1": {"kernel": (3, 3, 1, 4), "bias": (4,)}, "d": {"kernel": (5, 4)}}
    assert refusal(path, specs) == (
        'w.h5: layer "conv_1", kernel: the file has 3x3x2x4 (conv_1/kernel:0), the stack needs 3x3x1x4\n'
        'w.h5: layer "d", kernel: the file has 5x3 (d/kernel:0), the stack needs 5x4'
    )


def test_another_number_of_weights(path):
    write_weights(path, WEIGHTS, NAMES)
    assert refusal(path, {"conv_1": {"kernel": (3, 3, 2, 4)}}) == (
        'w.h5: layer "conv_1" has conv_1/kernel:0, conv_1/bias:0 in the file, but kernel in the stack; make the '
        "layer's fields, such as use_bias, those of the saved one"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ones((5, 3), np.int32), "the file has values of int32, not floating-point numbers"),
        (np.ones((5, 3), np.complex64), "the file has values of complex64, not floating-point numbers"),
        (np.full((5, 3), "x", h5py.string_dtype()), "the file has values of object, not floating-point numbers"),
        (h5py.Empty("f4"), "the file has nothing (d/kernel:0), the stack needs 5x3"),
        (np.float32(1), "the file has a single number (d/kernel:0), the stack needs 5x3"),
    ],
)
def test_values_that_are_no_weights(path, value, message):
    with spoilt(path) as file:
        file["d/d/kernel:0"] = value
    assert refusal(path) == f'w.h5: layer "d", kernel: {message}'


def test_values_never_written(path):
    with spoilt(path) as file:
        file["d"].create_dataset("d/kernel:0", (5, 3), "f4")
    assert refusal(path) == 'w.h5: layer "d", kernel: the file has room for the values, but they were never written'


def test_an_absurd_size_is_a_wrong_shape_and_takes_no_memory(path):
    with spoilt(path) as file:
        file["d"].create_dataset("d/kernel:0", (1 << 40, 1 << 20), "f4", chunks=(1024, 1024))
    assert "the file has 1099511627776x1048576 (d/kernel:0), the stack needs 5x3" in refusal(path)


# What is refused


def test_files_that_are_something_else(path, tmp_path):
    assert refusal(path) == "cannot read w.h5: it does not exist"
    path.write_bytes(b"")
    assert refusal(path) == "w.h5 is empty; was it copied whole?"
    path.write_bytes(b"weights, or so")
    assert refusal(path) == "w.h5 is not an HDF5 file; name an .h5 file that Keras or cnnviz wrote"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    assert refusal(path) == (
        "w.h5 is an archive (.keras, perhaps), not an HDF5 file; load it in Keras and write it with "
        '`model.save("model.h5")`'
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    assert refusal(folder) == "cannot read folder: it is a folder, not a regular file"


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_pipe_is_not_waited_for(path):
    os.mkfifo(path)
    assert refusal(path) == "cannot read w.h5: it is a pipe, not a regular file"


def test_the_new_layout_of_keras(path):
    with h5py.File(path, "w") as file:
        file.create_group("layers/dense/vars")
    assert refusal(path) == (
        "w.h5 has the `.weights.h5` layout of Keras 3, which is not supported; load it in Keras and write it with "
        '`model.save("model.h5")`'
    )


def test_hdf5_of_something_else(path):
    with h5py.File(path, "w") as file:
        file["data"] = np.ones(3)
    assert "holds no Keras weights (no `layer_names`)" in refusal(path)


def test_files_cut_short(path):
    write_weights(path, WEIGHTS, NAMES)
    whole = path.read_bytes()
    for length in (8, 100, 1000, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert refusal(path) in ("w.h5 is cut short; was it copied whole?", "w.h5: the HDF5 file is damaged")


def test_links_are_not_followed(path, tmp_path):
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as outside:
        outside["kernel"] = np.ones((5, 3), np.float32)
    for link in (h5py.SoftLink("/conv_1"), h5py.ExternalLink(str(other), "/kernel")):
        with spoilt(path) as file:
            file["d/d/kernel:0"] = link
        assert refusal(path) == (
            "w.h5: /d/d/kernel:0 is a link to elsewhere, which is not followed; write the file without links"
        )
    with spoilt(path) as file:
        del file["d"]
        file["d"] = h5py.SoftLink("/conv_1")
    assert "w.h5: /d is a link to elsewhere" in refusal(path)


def test_values_in_other_files_are_not_read(path, tmp_path):
    message = "w.h5: /d/d/kernel:0 has its values in other files, which are not read; write them into this one"
    layout = h5py.VirtualLayout((5, 3), "f4")
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "kernel", (5, 3))
    with spoilt(path) as file:
        file["d"].create_virtual_dataset("d/kernel:0", layout)
    assert refusal(path) == message
    with spoilt(path) as file:
        file["d"].create_dataset("d/kernel:0", (5, 3), "f4", external=[(str(tmp_path / "raw"), 0, 60)])
    assert refusal(path) == message


def test_unknown_compression(path):
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((5, 3))
    properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, ())
    space = h5py.h5s.create_simple((5, 3))
    with spoilt(path) as file:
        h5py.h5d.create(file["d/d"].id, b"kernel:0", h5py.h5t.IEEE_F32LE, space, properties)
    assert "w.h5: /d/d/kernel:0 is compressed with filter 32015" in refusal(path)


def test_huge_chunks(path):
    with spoilt(path) as file:
        file["d"].create_dataset("d/kernel:0", (5, 3), "f4", chunks=(1 << 15, 1 << 12), maxshape=(None, None))
    assert refusal(path) == "w.h5: /d/d/kernel:0 has chunks of (32768, 4096), too large; write it without chunks"


def test_listed_but_missing(path):
    with spoilt(path):
        pass
    assert refusal(path) == "w.h5: /d/d/kernel:0 is missing, but the file lists it; was it written whole?"
    with spoilt(path) as file:
        del file["d"]
        file["d"] = np.ones(3)
    assert refusal(path) == "w.h5: /d is not a group, as Keras's layout has it"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([b"conv_1", b"conv_1"], "w.h5 lists layer conv_1 twice"),
        ([b"."], "w.h5: /. is missing, but the file lists it; was it written whole?"),
        ([b"conv_1//conv_1"], "w.h5: /conv_1/ is missing, but the file lists it; was it written whole?"),
        ([1, 2], "w.h5: the HDF5 file is damaged"),
        ([b"\xff"], "w.h5: the HDF5 file is damaged"),
    ],
)
def test_odd_lists_of_layers(path, names, message):
    with spoilt(path) as file:
        file.attrs["layer_names"] = np.array(names)
    assert refusal(path) == message


def test_a_file_that_changes_is_not_mixed(path):
    write_weights(path, WEIGHTS, NAMES)
    file = read_weights(path)
    write_weights(path, WEIGHTS, NAMES)
    with pytest.raises(WeightsError, match="has changed while it was in use; start again"):
        match_weights(file, SPECS)


@given(st.data())
def test_damage_is_said_or_harmless(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damage") / "w.h5"
    write_weights(path, WEIGHTS, NAMES)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        match_weights(read_weights(path), SPECS)
    except WeightsError as error:
        assert str(path) in str(error)
    shutil.rmtree(path.parent)


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
    matched, unknown = match_weights(read_weights(tmp_path / "whole.h5"), shapes(saved))
    assert unknown == []
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
    with pytest.raises(WeightsError, match=r"`\.weights\.h5` layout of Keras 3"):
        read_weights(tmp_path / "new.weights.h5")
    model.save(tmp_path / "new.keras")
    with pytest.raises(WeightsError, match=r"is an archive \(\.keras"):
        read_weights(tmp_path / "new.keras")
