"""Models of Keras: `.keras`, whole models in HDF5, layers-models of TensorFlow.js.

A file is a description in JSON and arrays (`files`). The description becomes calls of layers in order (`graph`), each
call what the functions of `kinds` make of it (`network`). Where the axes of a tensor lie in ours is kept beside it, so
that channels may come first. Nothing in a file is executed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import ModelError, UsageError
from cnnviz.interchange.model import ImportedModel, ImportOptions, stack_name
from cnnviz.io.files import show_path

if TYPE_CHECKING:
    from cnnviz.interchange.keras.network import Network

__all__ = ["read_keras", "read_network"]


def read_keras(path: Path, options: ImportOptions) -> ImportedModel:
    """Read a model of Keras as a stack with weights.

    Raises:
        ModelError: If the file is no such model, is damaged, or needs what cnnviz lacks: all of it at once.
        UsageError: If an option does not fit the model.
    """
    from cnnviz.interchange.keras.document import make_document

    # Every layers-model of TensorFlow.js is called model.json.
    own = path.absolute().parent.name if path.name == "model.json" else path.stem
    return make_document(read_network(path, options), stack_name(options.name or own))


def read_network(path: Path, options: ImportOptions) -> Network:
    """Read a model of Keras as drafts of layers; raises as `read_keras` does."""
    from cnnviz.interchange.keras.files import open_model
    from cnnviz.interchange.keras.graph import read_graph
    from cnnviz.interchange.keras.network import make_network

    shown = show_path(path)
    with open_model(path) as file:
        try:
            if options.set_inputs:
                raise UsageError("a model of Keras has no other inputs that could be set")
            return make_network(read_graph(file.description), file, options)
        except ModelError as error:
            raise ModelError(*(f"{shown}: {line}" for line in error.args)) from error
        except UsageError as error:
            raise UsageError(*(f"{shown}: {line}" for line in error.args)) from error
