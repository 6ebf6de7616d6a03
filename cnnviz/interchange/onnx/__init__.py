"""Models in ONNX."""

from __future__ import annotations

from pathlib import Path

from cnnviz.errors import ModelError
from cnnviz.interchange.model import ImportedModel, ImportOptions
from cnnviz.io.files import show_path


def read_onnx(path: Path, options: ImportOptions) -> ImportedModel:
    """Read a model in ONNX as a stack with weights."""
    raise ModelError(f"{show_path(path)}: models in ONNX cannot be read yet")
