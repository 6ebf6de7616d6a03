"""ONNX's own tests, with cnnviz as a backend: which of them are in scope, and what comes out.

    python -m tests.interchange.onnx.backend

prints a table: by operator how many passed, failed and are out of scope, and why.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import CnnvizError
from cnnviz.interchange.model import ImportOptions
from cnnviz.interchange.onnx.graph import read_graph
from cnnviz.interchange.onnx.importing import import_graph
from tests.interchange.onnx.backend_scope import FIRST_ALONE, KINDS, out_of_scope
from tests.interchange.onnx.running import end

Array = NDArray[Any]


class Case(NamedTuple):
    """One of ONNX's tests.

    Attributes:
        name: Its name.
        operator: The operator that makes its first output.
        proto: The model.
        inputs: What goes in, by name; None where it is no tensor.
        outputs: What comes out.
        rtol: ONNX's own relative tolerance.
        atol: ONNX's own absolute tolerance.
    """

    name: str
    operator: str
    proto: Any
    inputs: dict[str, Array | None]
    outputs: dict[str, Array | None]
    rtol: float
    atol: float


@cache
def cases() -> tuple[Case, ...]:
    """Return all of ONNX's tests of the kinds that need no download."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tuple(_case(case) for kind in KINDS for case in load_model_tests(kind=kind))


def _case(case: Any) -> Case:
    import onnx

    if case.model is not None:
        proto = case.model
        inputs, outputs = case.data_sets[0]
    else:
        folder = Path(case.model_dir)
        proto = onnx.load(folder / "model.onnx")
        inputs, outputs = (_stored(folder / "test_data_set_0", what) for what in ("input", "output"))
    stored = {tensor.name for tensor in proto.graph.initializer}
    names = [value.name for value in proto.graph.input if value.name not in stored]
    ends = [value.name for value in proto.graph.output]
    makers = {name: node.op_type for node in proto.graph.node for name in node.output}
    return Case(
        case.name,
        makers.get(ends[0], ""),
        proto,
        dict(zip(names, map(_array, inputs), strict=False)),
        dict(zip(ends, map(_array, outputs), strict=False)),
        case.rtol,
        case.atol,
    )


def _stored(folder: Path, what: str) -> list[Any]:
    import onnx

    found = []
    for number in range(len(list(folder.glob(f"{what}_*.pb")))):
        try:
            found.append(onnx.TensorProto.FromString((folder / f"{what}_{number}.pb").read_bytes()))
        except Exception:  # a sequence or an optional value
            found.append(None)
    return found


def _array(value: Any) -> Array | None:
    from onnx import TensorProto, numpy_helper

    if isinstance(value, TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value) if isinstance(value, np.ndarray | np.generic) else None


def problems(case: Case) -> str:
    """Run a case; what is wrong, or nothing."""
    proto, inputs = case.proto, dict(case.inputs)
    several = [name for name, array in inputs.items() if array is not None and _varies(array, case)]
    if len(several) > 1:
        proto, inputs = joined(proto, inputs, several)
    picture = next(name for rank in (4, 3, 2) for name, array in inputs.items() if _rank(array) == rank)
    x = inputs.pop(picture)
    assert x is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(proto.SerializeToString())
        try:
            graph = read_graph(path)
            whole = len(case.proto.graph.node) > 1 or case.operator not in FIRST_ALONE
            for name, expected in list(case.outputs.items())[: None if whole else 1]:
                options = ImportOptions(until=name, set_inputs=inputs, height=x.shape[-2], width=x.shape[-1])
                if x.ndim == 2:
                    options = options._replace(height=None, width=None)
                found = import_graph(graph, path, options)
                rows = [end(found, one[None], x.dtype.name) for one in x]
                if (problem := _differs(np.concatenate(rows), expected, case)) is not None:
                    return f"{name}: {problem}"
        except CnnvizError as error:
            return str(error)
    return ""


def _rank(array: Array | None) -> int:
    return array.ndim if array is not None and array.dtype in (np.float32, np.float64) else 0


def _differs(ours: Array, expected: Array | None, case: Case) -> str | None:
    if expected is None or ours.shape != expected.shape:
        return f"the shape is {ours.shape}, not {np.shape(expected)}"
    if not np.allclose(ours, expected, case.rtol, max(case.atol, 1e-6), equal_nan=True):
        return f"off by {np.nanmax(np.abs(ours - expected)):.2g}"
    return None


JOINED = ("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Concat")
"""Operators that cnnviz has as merging kinds: all of their inputs vary with the picture."""


def _varies(array: Array, case: Case) -> bool:
    shapes = {np.shape(one) for one in case.inputs.values()}
    return len(case.proto.graph.node) == 1 and case.operator in JOINED and array.ndim > 1 and len(shapes) == 1


def joined(proto: Any, inputs: dict[str, Array | None], names: Sequence[str]) -> tuple[Any, dict[str, Array | None]]:
    """Lay inputs side by side in one picture, which the model takes apart again."""
    from onnx import ModelProto, helper

    proto = ModelProto.FromString(proto.SerializeToString())
    arrays = [array for name in names if (array := inputs[name]) is not None]
    whole = np.concatenate(arrays, 1)
    kind = proto.graph.input[0].type.tensor_type.elem_type
    rest = [value for value in proto.graph.input if value.name not in names]
    del proto.graph.input[:]
    proto.graph.input.extend([helper.make_tensor_value_info("joined", kind, whole.shape), *rest])
    parts = {"split": [array.shape[1] for array in arrays]}
    split = helper.make_node("Split", ["joined"], list(names), axis=1, **parts)
    if proto.opset_import[0].version >= 13:
        sizes = helper.make_node("Constant", [], ["joined_sizes"], value_ints=parts["split"])
        split = helper.make_node("Split", ["joined", "joined_sizes"], list(names), axis=1)
        proto.graph.node.insert(0, sizes)
    proto.graph.node.insert(1 if proto.opset_import[0].version >= 13 else 0, split)
    return proto, {"joined": whole, **{name: array for name, array in inputs.items() if name not in names}}


def in_scope(operator: str) -> Iterator[Case]:
    """Return the cases of an operator that must pass."""
    return (case for case in cases() if case.operator == operator and out_of_scope(case) is None)


def main() -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: Counter[str] = Counter()
    for case in cases():
        reason = out_of_scope(case)
        if reason is not None:
            reasons[reason] += 1
            counts[case.operator]["out of scope"] += 1
            if "-v" in sys.argv:
                print(f"out of scope: {case.name}: {reason}")
            continue
        problem = problems(case)
        counts[case.operator]["failed" if problem else "passed"] += 1
        if problem:
            print(f"failed: {case.name}: {problem}")
    print(f"{'operator':32}{'passed':>8}{'failed':>8}{'out of scope':>14}")
    for operator, count in sorted(counts.items()):
        if count["passed"] or count["failed"] or "-v" in sys.argv:
            print(f"{operator:32}{count['passed']:8}{count['failed']:8}{count['out of scope']:14}")
    total: Counter[str] = sum(counts.values(), Counter())
    print(f"{'all':32}{total['passed']:8}{total['failed']:8}{total['out of scope']:14}")
    for reason, number in reasons.most_common():
        print(f"{number:6}  {reason}")


if __name__ == "__main__":
    main()
