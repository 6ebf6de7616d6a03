"""Files that are damaged, or made to do harm: refused in words, in bounded memory, with nothing read outside."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import CnnvizError, ModelError, UsageError
from cnnviz.interchange import import_model
from cnnviz.interchange.model import ImportOptions
from tests.interchange.onnx.running import model, node

pytest.importorskip("onnx", reason="needs cnnviz[onnx]")

PLAIN = ImportOptions()


def small() -> Any:
    kernel = np.ones((2, 3, 3, 3), np.float32)
    return model([node("Conv", "x w", "c"), node("Relu", "c", "y")], [1, 3, 8, 8], {"w": kernel})


def read(proto: Any, folder: Path, options: ImportOptions = PLAIN) -> Any:
    path = folder / "model.onnx"
    path.write_bytes(proto if isinstance(proto, bytes) else proto.SerializeToString())
    return import_model(path, options)


def refused(proto: Any, folder: Path, words: str, error: type[CnnvizError] = ModelError) -> None:
    with pytest.raises(error, match=words) as found:
        read(proto, folder)
    assert found.value.exit_code == 2
    assert "model.onnx" in str(found.value)


@pytest.mark.parametrize("content", [b"", b"\x08\x07", b"not a model", b"\xff" * 1000, b"\x3a\xff\xff\xff\xff\x0f"])
def test_no_model(content: bytes, tmp_path: Path) -> None:
    refused(content, tmp_path, "no ONNX model")


def test_every_truncation_is_refused_or_read(tmp_path: Path) -> None:
    whole = small().SerializeToString()
    for end in range(len(whole)):
        with pytest.raises(CnnvizError):
            read(whole[:end], tmp_path)


def test_graphs_in_graphs(tmp_path: Path) -> None:
    """A subgraph in an attribute in a subgraph, a thousand deep."""

    def field(number: int, content: bytes) -> bytes:
        size, length = len(content), b""
        while size > 127:
            length += bytes([size % 128 + 128])
            size //= 128
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    content = b""
    for _ in range(1000):
        content = field(1, field(5, field(6, content)))
    refused(field(7, content), tmp_path, "no ONNX model")


def test_a_circle(tmp_path: Path) -> None:
    proto = model([node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")], [1, 3, 8, 8])
    refused(proto, tmp_path, "circle")


def test_a_tensor_from_nowhere(tmp_path: Path) -> None:
    refused(model([node("Add", "x nothing", "y")], [1, 3, 8, 8]), tmp_path, "'nothing', which nothing makes")


def test_a_tensor_made_twice(tmp_path: Path) -> None:
    refused(model([node("Relu", "x", "y"), node("Abs", "x", "y")], [1, 3, 8, 8]), tmp_path, "which is there already")


def test_an_old_opset(tmp_path: Path) -> None:
    refused(model([node("Relu", "x", "y")], [1, 3, 8, 8], opset=6), tmp_path, "7 or newer")


@pytest.mark.parametrize("shape", [[2**40], [2**20, 2**20], [-1, 4], [1] * 40])
def test_absurd_shapes_of_stored_tensors(shape: list[int], tmp_path: Path) -> None:
    proto = small()
    del proto.graph.initializer[0].dims[:]
    proto.graph.initializer[0].dims.extend(shape)
    refused(proto, tmp_path, "shape|needs|too large")


def test_less_data_than_the_shape_says(tmp_path: Path) -> None:
    proto = small()
    proto.graph.initializer[0].raw_data = b"\0" * 10
    refused(proto, tmp_path, "the file holds 10")


def test_numbers_of_an_unknown_type(tmp_path: Path) -> None:
    proto = small()
    proto.graph.initializer[0].data_type = 99
    refused(proto, tmp_path, "unknown type 99")


@pytest.mark.parametrize(
    "nodes",
    [
        [("ConstantOfShape", "n", "big")],
        [("Expand", "one n", "big")],
        [("ConstantOfShape", "m", "row"), ("Tile", "row n", "big")],
        [("Range", "zero far step", "big")],
    ],
)
def test_constants_that_would_fill_the_memory(nodes: list[tuple[str, str, str]], tmp_path: Path) -> None:
    constants = {
        "n": np.array([2**50], np.int64),
        "m": np.array([2**20], np.int64),
        "one": np.ones(1, np.float32),
        "zero": np.array(0, np.int64),
        "far": np.array(2**60, np.int64),
        "step": np.array(1, np.int64),
    }
    proto = model([*(node(*one) for one in nodes), node("Add", "x big", "y")], [1, 3, 8, 8], constants)
    refused(proto, tmp_path, "it makes a constant")


@pytest.mark.parametrize("shape", [[1, 3, 2**40, 8], [1, 2**40, 8, 8], [1, 3, 2**31, 2**31]])
def test_absurd_pictures(shape: list[int], tmp_path: Path) -> None:
    refused(model([node("Relu", "x", "y")], shape), tmp_path, "too large")


def test_absurd_layers(tmp_path: Path) -> None:
    proto = model([node("Pad", "x pads", "y")], [1, 3, 8, 8], {"pads": np.array([0, 0, 2**40, 0, 0, 0, 0, 2**40])})
    refused(proto, tmp_path, "node 0")


def outside(proto: Any, location: str, offset: str = "", length: str = "") -> Any:
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = 1
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        if value:
            tensor.external_data.add(key=key, value=value)
    return proto


def test_external_data(tmp_path: Path) -> None:
    kernel = np.arange(54, dtype=np.float32)
    (tmp_path / "weights.bin").write_bytes(b"head" + kernel.tobytes())
    found = read(outside(small(), "weights.bin", "4", "216"), tmp_path)
    (arrays,) = found.weights.values()
    np.testing.assert_array_equal(arrays["kernel"], kernel.reshape(2, 3, 3, 3).transpose(2, 3, 1, 0))


@pytest.mark.parametrize(
    "location", ["../secret.bin", "/etc/passwd", "a/../../secret.bin", "..\\secret.bin", "C:secret.bin", "a//b", ""]
)
def test_external_data_outside_of_the_folder(location: str, tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(b"\0" * 1000)
    (tmp_path / "inner").mkdir()
    refused(outside(small(), location), tmp_path / "inner", "model's own folder")


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
@pytest.mark.parametrize("location", ["link.bin", "folder/secret.bin"])
def test_links_are_not_followed(location: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.bin").write_bytes(b"\0" * 1000)
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.bin").symlink_to(tmp_path / "elsewhere" / "secret.bin")
    (inner / "folder").symlink_to(tmp_path / "elsewhere")
    refused(outside(small(), location), inner, "which is a link")


@pytest.mark.parametrize(
    ("offset", "length", "words"),
    [
        ("", "8", "external data have 8"),
        ("2000", "216", "beyond the end"),
        ("-4", "216", "no number"),
        ("9" * 30, "216", "no number"),
        ("x", "", "no number"),
    ],
)
def test_external_data_of_another_size(offset: str, length: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"\0" * 300)
    refused(outside(small(), "weights.bin", offset, length), tmp_path, words)


def test_external_data_that_are_missing(tmp_path: Path) -> None:
    refused(outside(small(), "weights.bin"), tmp_path, "keep it beside the model")


def test_external_data_that_are_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "weights.bin")
    refused(outside(small(), "weights.bin"), tmp_path, "beyond the end|regular")


def test_one_file_for_many_tensors_does_not_fill_the_memory(tmp_path: Path) -> None:
    from onnx import TensorProto

    size = 2**30
    with (tmp_path / "weights.bin").open("wb") as file:
        file.truncate(4 * size)
    proto = small()
    for number in range(64):
        tensor = TensorProto(name=f"t{number}", data_type=1, dims=[size], data_location=1)
        tensor.external_data.add(key="location", value="weights.bin")
        proto.graph.initializer.append(tensor)
    refused(proto, tmp_path, "bytes together")


def test_attributes_of_other_types(tmp_path: Path) -> None:
    proto = small()
    proto.graph.node[0].attribute.add(name="strides", type=3, s=b"x")
    refused(proto, tmp_path, "node 0")


def test_control_flow_is_refused_by_name(tmp_path: Path) -> None:
    from onnx import helper

    branch = helper.make_graph([node("Relu", "x", "b")], "branch", [], [])
    proto = model([node("If", "c", "y", then_branch=branch, else_branch=branch)], [1, 3, 8, 8], {"c": np.array(True)})
    refused(proto, tmp_path, r'node 0 "the_y" \(ai.onnx If, opset 17\)')


def test_the_message_stays_short(tmp_path: Path) -> None:
    nodes, before = [], "x"
    for number in range(1000):
        nodes.append(node("Sin", before, f"s{number}"))
        before = f"s{number}"
    with pytest.raises(ModelError, match="and 900 more") as found:
        read(model(nodes, [1, 3, 8, 8]), tmp_path)
    assert len(str(found.value)) < 20_000


def test_deep_networks_do_not_recurse(tmp_path: Path) -> None:
    nodes, before = [], "x"
    for number in range(3000):
        nodes.append(node("Relu", before, f"r{number}"))
        before = f"r{number}"
    assert len(read(model(nodes, [1, 3, 8, 8]), tmp_path).document["layers"]) == 3000


def test_products_in_products_end_soon(tmp_path: Path) -> None:
    nodes = [node("Mul", "x x", "m0")]
    for number in range(1, 60):
        nodes.append(node("Mul", f"m{number - 1} m{number - 1}", f"m{number}"))
    assert len(read(model(nodes, [1, 3, 8, 8]), tmp_path).document["layers"]) == 60


def test_a_missing_package_is_said(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"")
    code = "import sys; sys.modules['onnx'] = None; from cnnviz.interchange import import_model as f; " + (
        "from cnnviz.interchange.model import ImportOptions as o\n"
        "from cnnviz.errors import UsageError\n"
        f"try: f({str(path)!r}, o())\n"
        "except UsageError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'cnnviz[onnx]'" in done.stdout


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(8))
@pytest.mark.parametrize("which", ["plain", "inner", "returning"])
def test_flipped_bytes_raise_nothing_but_our_errors(which: str, part: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(part)
    whole = np.frombuffer(SEEDS[which](), np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(1000 // int(os.environ.get("CASES_PART", "1"))):
        flipped = whole.copy()
        for place in rng.integers(0, len(whole), rng.integers(1, 5)):
            flipped[place] = rng.integers(0, 256)
        with contextlib.suppress(ModelError, UsageError):
            read(flipped.tobytes(), tmp_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20  # a GiB


def with_inner_graphs() -> bytes:
    """Return a model with functions and branches."""
    from onnx import OperatorSetIdProto, TensorProto, helper

    opsets = [OperatorSetIdProto(version=17), OperatorSetIdProto(domain="mine", version=1)]
    inner = [node("Sigmoid", "v", "s"), node("Mul", "v s", "o")]
    outer = [helper.make_node("Swish", ["v"], ["w"], domain="mine"), node("Relu", "w", "o")]
    end = [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)]
    proto = model(
        [
            helper.make_node("Block", ["x"], ["a"], domain="mine"),
            node("Shape", "a", "shape"),
            node("Gather", "shape two", "rows", axis=0),
            node("Greater", "rows two", "many"),
            node(
                "If",
                "many",
                "y",
                then_branch=helper.make_graph([node("Neg", "a", "z")], "then", [], end),
                else_branch=helper.make_graph([node("Abs", "a", "z")], "else", [], end),
            ),
        ],
        [1, 3, 8, 8],
        {"two": np.array(2)},
    )
    proto.functions.extend(
        helper.make_function("mine", name, ["v"], ["o"], nodes, opsets)
        for name, nodes in (("Swish", inner), ("Block", outer))
    )
    proto.opset_import.append(opsets[1])
    data: bytes = proto.SerializeToString()
    return data


def exported() -> bytes:
    """Return a model that cnnviz wrote."""
    from cnnviz import load_stack
    from cnnviz.interchange.onnx.writing import onnx_model

    layers = [
        {"type": "Conv2D", "name": "conv", "filters": 2, "kernel_size": 3, "activation": "relu"},
        {"type": "GroupNormalization", "name": "norm", "groups": 2},
        {"type": "Pad", "name": "pad", "padding": 1, "mode": "wrap"},
        {"type": "Flatten", "name": "flat"},
        {"type": "Dense", "name": "dense", "units": 2, "activation": "softmax"},
    ]
    return onnx_model(load_stack({"layers": layers}).build((5, 5, 3)), "0")


SEEDS: dict[str, Callable[[], bytes]] = {
    "plain": lambda: seed_model().SerializeToString(),
    "inner": with_inner_graphs,
    "returning": exported,
}


def seed_model() -> Any:
    """Return a model that has something of everything, and little data."""
    return model(
        [
            node("Conv", "x w b", "c", kernel_shape=[1, 1], strides=[2, 1], pads=[0, 1, 0, 1]),
            node("BatchNormalization", "c s s s s", "n"),
            node("Relu", "n", "r"),
            node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2]),
            node("Concat", "p p", "k", axis=1),
            node("Shape", "k", "shape"),
            node("Gather", "shape zero", "one", axis=0),
            node("Unsqueeze", "one axes", "first"),
            node("Concat", "first minus", "target", axis=0),
            node("Reshape", "k target", "f"),
            node("Gemm", "f m", "g", transB=1),
            node("Softmax", "g", "y", axis=1),
        ],
        [1, 3, 8, 8],
        {
            "w": np.ones((2, 3, 1, 1), np.float32),
            "b": np.ones(2, np.float32),
            "s": np.ones(2, np.float32),
            "zero": np.array(0),
            "axes": np.array([0]),
            "minus": np.array([-1]),
            "m": np.ones((2, 40), np.float32),
        },
    )


def test_what_is_flipped_can_be_read(tmp_path: Path) -> None:
    for seed in SEEDS.values():
        assert read(seed(), tmp_path).document["layers"]
