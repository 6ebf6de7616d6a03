"""ONNX models, opset 7 and newer, to a stack and weights.

Reading goes in one pass over the nodes (`conversion`): what does not depend on the picture is worked out (`folding`),
what exporters take apart is put together (`patterns`), and every other node becomes what `drafting` has for it. Where
the axes of a tensor lie in ours is kept beside it, so that what only turns axes needs no layer.
"""

from __future__ import annotations

from cnnviz.interchange.model import ImportedModel, ImportOptions
from cnnviz.io.files import AnyPath


def read_onnx(path: AnyPath, options: ImportOptions) -> ImportedModel:
    """Read an ONNX model; nothing in it is executed.

    Args:
        path: The file; external data lie in its folder.
        options: What the file leaves open.

    Raises:
        ModelError: If it is no ONNX model, or holds what no layer says: all of it at once.
        UsageError: If the package `onnx` is missing, or an option does not fit the model.
    """
    from cnnviz.interchange.onnx.graph import read_graph
    from cnnviz.interchange.onnx.importing import import_graph

    return import_graph(read_graph(path), path, options).model


__all__ = ["read_onnx"]
