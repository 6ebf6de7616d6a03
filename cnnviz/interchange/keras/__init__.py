"""Models of Keras: `.keras`, whole models in HDF5, layers-models of TensorFlow.js."""

from __future__ import annotations

from pathlib import Path

from cnnviz.errors import ModelError
from cnnviz.interchange.model import ImportedModel, ImportOptions
from cnnviz.io.files import show_path


def read_keras(path: Path, options: ImportOptions) -> ImportedModel:
    """Read a model of Keras as a stack with weights."""
    raise ModelError(f"{show_path(path)}: models of Keras cannot be read yet")
