"""Graphs inside a graph: functions that a model defines, and branches whose condition is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import ModelError
from tests.interchange.onnx.running import assert_same, both, imported, model, node

pytest.importorskip("onnx", reason="onnx is an extra")

from onnx import FunctionProto, OperatorSetIdProto, helper, numpy_helper

rng = np.random.default_rng(5)
KERNEL = rng.normal(size=(4, 3, 3, 3)).astype(np.float32)
DOMAIN = "mine"


def function(name: str, inputs: str, outputs: str, nodes: list[Any], attributes: tuple[str, ...] = ()) -> FunctionProto:
    opsets = [OperatorSetIdProto(version=17), OperatorSetIdProto(domain=DOMAIN, version=1)]
    return helper.make_function(DOMAIN, name, inputs.split(), outputs.split(), nodes, opsets, attributes)


def with_functions(proto: Any, *functions: FunctionProto) -> Any:
    proto.functions.extend(functions)
    proto.opset_import.append(OperatorSetIdProto(domain=DOMAIN, version=1))
    return proto


def call(name: str, inputs: str, output: str, **attributes: Any) -> Any:
    return helper.make_node(name, inputs.split(), output.split(), name=f"the_{output}", domain=DOMAIN, **attributes)


def test_functions_are_put_in_the_place_of_their_calls(tmp_path: Path) -> None:
    swish = function("Swish", "v", "o", [node("Sigmoid", "v", "s"), node("Mul", "v s", "o")])
    block = function("Block", "v k", "o", [node("Conv", "v k", "c"), call("Swish", "c", "o")])
    nodes = [call("Block", "x w", "a"), call("Swish", "a", "b"), node("GlobalAveragePool", "b", "y")]
    proto = with_functions(model(nodes, [1, 3, 9, 8], {"w": KERNEL}), swish, block)
    found, pairs = both(proto, tmp_path)
    assert [layer["type"] for layer in found.model.document["layers"]][:3] == ["Conv2D", "Activation", "Activation"]
    assert found.model.document["layers"][1]["activation"] == "silu"
    assert set(found.tensors.values()) == {"a", "b", "y"}
    assert_same(pairs, "y")


def test_functions_without_an_end_are_refused(tmp_path: Path) -> None:
    nodes = [call("Again", "x", "y")]
    again = function("Again", "v", "o", [call("Other", "v", "o")])
    other = function("Other", "v", "o", [call("Again", "v", "o")])
    with pytest.raises(ModelError, match="calls itself"):
        imported(with_functions(model(nodes, [1, 3, 4, 4]), again, other), tmp_path)
    doubling = [
        function(f"f{n}", "v", "o", [call(f"f{n + 1}", "v", "w"), call(f"f{n + 1}", "w", "o")]) for n in range(40)
    ]
    last = function("f40", "v", "o", [node("Relu", "v", "o")])
    with pytest.raises(ModelError, match="nodes, more than"):
        imported(with_functions(model([call("f0", "x", "y")], [1, 3, 4, 4]), *doubling, last), tmp_path)
    chain = [function(f"f{n}", "v", "o", [call(f"f{n + 1}", "v", "o")]) for n in range(5000)]
    with pytest.raises(ModelError, match="deep"):
        imported(with_functions(model([call("f0", "x", "y")], [1, 3, 4, 4]), *chain), tmp_path)


def branches(then: list[Any], other: list[Any], output: str = "z", stored: Any = ()) -> dict[str, Any]:
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(np.float32))
    ends = [helper.make_tensor_value_info(output, kind, None)]
    return {
        "then_branch": helper.make_graph(then, "then", [], ends, list(stored)),
        "else_branch": helper.make_graph(other, "else", [], ends),
    }


# Whether the map has more than five rows, as exporters work it out.
ROWS = [node("Shape", "x", "shape"), node("Gather", "shape two", "rows", axis=0), node("Greater", "rows five", "many")]
NUMBERS = {"two": np.array(2), "five": np.array(5), "w": KERNEL}


@pytest.mark.parametrize(("rows", "kinds"), [(9, ["Conv2D", "Activation"]), (4, ["Conv2D", "Activation", "Rescaling"])])
def test_a_branch_is_taken_where_the_condition_is_known(rows: int, kinds: list[str], tmp_path: Path) -> None:
    half = numpy_helper.from_array(np.array(0.5, np.float32), "half")
    inner = branches([node("Relu", "c", "z")], [node("Sigmoid", "c", "s"), node("Mul", "s half", "z")])
    inner["else_branch"].initializer.append(half)
    nodes = [*ROWS, node("Conv", "x w", "c"), node("If", "many", "y", **inner)]
    found, pairs = both(model(nodes, [1, 3, rows, 8], NUMBERS), tmp_path)
    assert [layer["type"] for layer in found.model.document["layers"]] == kinds
    assert set(found.tensors.values()) == {"c", "y"}  # inner tensors have no names outside
    assert_same(pairs, "y")


def test_branches_in_branches(tmp_path: Path) -> None:
    deep = branches([node("Neg", "c", "z2")], [node("Abs", "c", "z2")], "z2")
    outer = branches([node("If", "many", "q", **deep), node("Relu", "q", "z")], [node("Relu", "c", "z")])
    nodes = [*ROWS, node("Conv", "x w", "c"), node("If", "many", "y", **outer)]
    found, pairs = both(model(nodes, [1, 3, 9, 8], NUMBERS), tmp_path)
    assert [layer.get("activation") for layer in found.model.document["layers"]] == [None, "neg", "relu"]
    assert_same(pairs, "y")


def test_what_depends_on_the_picture_or_contradicts_itself_is_refused(tmp_path: Path) -> None:
    inner = branches([node("Relu", "x", "z")], [node("Neg", "x", "z")])
    unknown = [node("ReduceMax", "x", "m"), node("Greater", "m five", "big"), node("If", "big", "y", **inner)]
    with pytest.raises(ModelError, match="no layer for this operator"):
        imported(model(unknown, [1, 3, 9, 8], {"five": np.array(5, np.float32)}), tmp_path)
    twice = branches([node("Relu", "x", "rows"), node("Neg", "rows", "z")], [node("Neg", "x", "z")])
    with pytest.raises(ModelError, match="already"):
        imported(model([*ROWS, node("If", "many", "y", **twice)], [1, 3, 9, 8], NUMBERS), tmp_path)
    nowhere = branches([node("Relu", "nothing", "z")], [node("Neg", "x", "z")])
    with pytest.raises(ModelError, match="'nothing', which nothing makes"):
        imported(model([*ROWS, node("If", "many", "y", **nowhere)], [1, 3, 9, 8], NUMBERS), tmp_path)
    with pytest.raises(ModelError, match="graphs are not those"):
        imported(model([*ROWS, node("If", "many", "y")], [1, 3, 9, 8], NUMBERS), tmp_path)
