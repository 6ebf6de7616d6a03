from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import WeightsError
from cnnviz.io.hdf5.matching import match_weights
from cnnviz.io.hdf5.reading import read_weights
from cnnviz.io.hdf5.writing import write_weights
from tests.helpers.weights_files import NAMES, SPECS, WEIGHTS, refusal, spoilt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.h5"


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
        "w.h5 has weights for no layer, the stack for conv_1, d: none in common; weights are matched by layer name, so "
        "name the layers alike"
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
