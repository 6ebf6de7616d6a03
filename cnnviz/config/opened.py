"""What a model file of another program says, as `load` takes it; importing this imports no reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cnnviz.io.files import show_path

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.interchange.model import ImportedModel, ImportOptions
    from cnnviz.stack.trained import TrainedWeights

_SHOWN = 10


class OpenedModel(NamedTuple):
    """A model file that was read: what `load` takes in place of its path.

    Attributes:
        path: The file.
        options: What the command line said of it.
        model: What it says.
        trained: Its weights.
    """

    path: Path
    options: ImportOptions
    model: ImportedModel
    trained: TrainedWeights

    @property
    def document(self) -> dict[str, Any]:
        """The stack as plain data, each layer with the name of its tensor in the file."""
        sources = self.model.sources
        layers = [
            {**layer, "source": sources[layer["name"]]} if sources.get(layer.get("name")) else layer
            for layer in self.model.document["layers"]
        ]
        return {**self.model.document, "layers": layers}

    def remarks(self) -> list[str]:
        """Say what a user should know, each a clause that names the file."""
        shown = show_path(self.path)
        told = [f'layer "{layer}": {text}' for layer, text in self.model.comments.items()]
        more = [f"{len(told) - _SHOWN} more layers are not said exactly"] if len(told) > _SHOWN else []
        return [f"{shown}: {remark}" for remark in [*self.model.remarks, *told[:_SHOWN], *more]]
