"""Small ONNX models, and both ways through them: cnnviz and ONNX's own reference evaluator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cnnviz
from cnnviz.interchange.model import ImportOptions
from cnnviz.interchange.onnx.graph import read_graph
from cnnviz.interchange.onnx.importing import Imported, import_graph
from cnnviz.stack.network import Network
from cnnviz.stack.weights import StackWeights

Array = NDArray[Any]
PLAIN = ImportOptions()


def model(
    nodes: Sequence[Any],
    shape: Sequence[int | str],
    constants: Mapping[str, Array] | None = None,
    opset: int = 17,
    inputs: Sequence[Any] = (),
    dtype: Any = np.float32,
    output: str | None = None,
) -> Any:
    """Return a model whose picture is `x` and whose end is what the last node makes."""
    import onnx
    from onnx import helper, numpy_helper

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info("x", kind, list(shape)), *inputs],
        [helper.make_tensor_value_info(output or nodes[-1].output[0], kind, None)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (constants or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[onnx.OperatorSetIdProto(version=opset)], ir_version=8)


def node(op: str, inputs: str, output: str, **attributes: Any) -> Any:
    """Return a node; inputs are written in one text, `-` for one that is left out."""
    from onnx import helper

    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(op, names, output.split(), name=f"the_{output.split()[0]}", **attributes)


def imported(proto: Any, folder: Path, options: ImportOptions = PLAIN) -> Imported:
    path = folder / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    return import_graph(read_graph(path), path, options)


def run(found: Imported, x: Array, dtype: Any = np.float32) -> dict[str, Array]:
    """Run an imported model on what the file's picture is; by layer, in our axes."""
    document = {**found.model.document, "input": {"color": found.model.document["input"].get("color", "rgb")}}
    stack = cnnviz.load_stack(document)
    shape = found.input_shape
    built = stack.build(shape, dtype=dtype)
    arrays = {name: dict(weights) for name, weights in found.model.weights.items()}
    shapes = {name: {key: array.shape for key, array in weights.items()} for name, weights in built.weights.items()}
    assert {n: {k: a.shape for k, a in w.items()} for n, w in arrays.items()} == shapes
    network = Network(stack, shape, built.nodes, StackWeights(arrays, dict.fromkeys(arrays, "file")), dtype)
    return network.forward(found.picture.layout(*shape[:2]).arrange(x))


def tensors(found: Imported, x: Array, dtype: Any = np.float32) -> dict[str, Array]:
    """Run an imported model; every tensor of the file that is a layer's output, in the file's axes."""
    outputs = run(found, x, dtype)
    return {found.tensors[layer]: layout.restore(outputs[layer]) for layer, layout in found.layouts.items()}


def end(found: Imported, x: Array, dtype: Any = np.float32) -> Array:
    """Run an imported model; the tensor at its end, in the file's axes."""
    return found.end.restore(list(run(found, x, dtype).values())[-1])


def both(
    proto: Any, folder: Path, options: ImportOptions = PLAIN, seed: int = 0, x: Array | None = None
) -> tuple[Imported, list[tuple[str, Array, Array]]]:
    """Run a model both ways; tensor by tensor what cnnviz has and what ONNX's reference evaluator has."""
    from onnx.reference import ReferenceEvaluator

    found = imported(proto, folder, options)
    picture = found.picture.layout(*found.input_shape[:2])
    kind = np.dtype(np.float64) if proto.graph.input[0].type.tensor_type.elem_type == 11 else np.dtype(np.float32)
    if x is None:
        x = np.random.default_rng(seed).normal(size=picture.shape)
    x = np.asarray(x).astype(kind)
    feeds: dict[str, Array] = {"x": x, **found.constants}
    expected = ReferenceEvaluator(proto).run(None, feeds, intermediate=True)
    ours = tensors(found, x, kind.name)
    return found, [(name, array, np.asarray(expected[name])) for name, array in ours.items()]


def assert_same(pairs: Sequence[tuple[str, Array, Array]], end: str, tolerance: float = 1e-5) -> None:
    """Assert that every tensor is the same to a part of its range, and that the end is among them."""
    assert end in {name for name, _, _ in pairs}
    for name, ours, expected in pairs:
        assert ours.shape == expected.shape, name
        limit = tolerance * max(float(np.ptp(expected)), float(np.abs(expected).max()), 1e-30)
        np.testing.assert_allclose(ours, expected, rtol=0, atol=limit, err_msg=name)
