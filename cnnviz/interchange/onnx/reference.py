"""The same tensors by ONNX Runtime, to hold an imported stack against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ModelError, UsageError
from cnnviz.interchange.model import ImportedModel, ImportOptions
from cnnviz.interchange.onnx.graph import read_graph
from cnnviz.interchange.onnx.importing import Imported, import_graph


def reference_tensors(
    path: Path, options: ImportOptions, model: ImportedModel, entering: NDArray[Any]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Run a model file by ONNX Runtime, with its optimisations off.

    Args:
        path: The file.
        options: What it was imported with.
        model: What was imported.
        entering: What enters the first layer.

    Yields:
        Every layer whose output the file has as a tensor, with that tensor in our axes.

    Raises:
        UsageError: If ONNX Runtime is not installed.
        ModelError: If ONNX Runtime does not take the file.
    """
    try:
        import onnx
        import onnxruntime
    except ImportError as problem:
        raise UsageError(
            "checking ONNX models needs onnx and onnxruntime; install them with: pip install onnx onnxruntime"
        ) from problem

    height, width = entering.shape[:2]
    imported = import_graph(read_graph(path), path, options._replace(height=height, width=width))
    own = (imported.picture.height, imported.picture.width)
    if any(one not in (None, other) for one, other in zip(own, (height, width), strict=True)):
        raise UsageError(f"{path.name} takes pictures of {own[0]} x {own[1]}; say --input-size {own[0]}x{own[1]}")
    proto = onnx.load(path, load_external_data=False)
    known = {value.name for value in proto.graph.output}
    proto.graph.output.extend(
        onnx.ValueInfoProto(name=name) for name in dict.fromkeys(imported.tensors.values()) if name not in known
    )
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    settings.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(path.parent.resolve())
    )
    try:
        session = onnxruntime.InferenceSession(proto.SerializeToString(), settings, providers=["CPUExecutionProvider"])
        names = list(dict.fromkeys(imported.tensors.values()))
        tensors = dict(zip(names, session.run(names, _fed(imported, session, entering)), strict=True))
    except Exception as problem:  # ONNX Runtime has no common class for its errors
        raise ModelError(f"ONNX Runtime does not run {path.name}: {str(problem).splitlines()[0][:300]}") from problem
    for layer, name in imported.tensors.items():
        layout = imported.layouts[layer]
        if layer in imported.model.weights or tensors[name].shape == layout.shape:
            yield layer, layout.arrange(tensors[name])


def _fed(imported: Imported, session: Any, entering: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return all inputs: the picture in the file's axes, and what was set."""
    height, width = entering.shape[:2]
    picture = imported.picture.layout(height, width).restore(entering)
    fed = {imported.picture.name: picture, **imported.constants}
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}
    return {
        value.name: fed[value.name].astype(types.get(value.type, fed[value.name].dtype))
        for value in session.get_inputs()
        if value.name in fed
    }
