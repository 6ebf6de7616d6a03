"""The same tensors by Keras, to hold an imported stack against."""

from __future__ import annotations

import importlib.util
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from cnnviz.errors import ModelError, UsageError
from cnnviz.interchange.keras import read_network
from cnnviz.interchange.model import ImportedModel, ImportOptions
from cnnviz.io.files import show_path
from cnnviz.layers.base import Array


def reference_tensors(
    path: Path, options: ImportOptions, model: ImportedModel, entering: Array
) -> Iterator[tuple[str, Array]]:
    """Run a model file by Keras 3.

    Args:
        path: The file.
        options: What it was imported with.
        model: What was imported.
        entering: What enters the first layer.

    Yields:
        Every layer whose output is one of the file's layers', with that layer's output in our axes.

    Raises:
        UsageError: If Keras is not installed, or the file is none that it reads.
        ModelError: If Keras does not take the file.
    """
    if path.suffix.lower() == ".json":
        raise UsageError(f"{show_path(path)} is a model of TensorFlow.js, which Keras cannot run")
    keras = _keras()
    height, width = entering.shape[:2]
    network = read_network(path, options._replace(height=height, width=width))
    given = network.picture.restore(entering).astype("float32")
    try:
        with_keras = keras.saving.load_model(path, compile=False)
        outputs = _run(keras, with_keras, given, {draft.source for draft in network.drafts if draft.source})
    except Exception as problem:  # Keras and its backends have no common class for their errors
        text = (str(problem).strip() or type(problem).__name__).splitlines()[0][:300]
        raise ModelError(f"Keras does not run {show_path(path)}: {text}") from problem
    for name, draft in zip(network.names, network.drafts, strict=True):
        if draft.source in outputs and name in {layer["name"] for layer in model.document["layers"]}:
            found = outputs[draft.source]
            if found.shape != draft.layout.shape:
                raise ModelError(f"{name}: Keras gives {found.shape}, where {draft.layout.shape} was expected")
            yield name, draft.layout.arrange(found)


def _keras() -> Any:
    backends = [name for name in ("tensorflow", "torch", "jax") if importlib.util.find_spec(name)]
    if backends and "tensorflow" not in backends:
        os.environ.setdefault("KERAS_BACKEND", backends[0])
    try:
        import keras
    except ImportError as problem:
        raise UsageError(
            "checking models of Keras needs keras 3 and one of its backends; install them with: pip install keras torch"
        ) from problem
    return keras


def _run(keras: Any, model: Any, given: Array, wanted: Collection[str]) -> dict[str, Array]:
    """Run a model and note what its layers give, those of models in it too."""
    outputs: dict[str, Array] = {}
    calls: Counter[str] = Counter()

    def watched(title: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watching(*args: Any, **kwargs: Any) -> Any:
            out = call(*args, **kwargs)
            source = f"{title}:{calls[title]}" if calls[title] else title
            calls[title] += 1
            if source in wanted:
                outputs[source] = keras.ops.convert_to_numpy(out)
            return out

        return watching

    seen: set[int] = set()

    def watch(inside: Any, path: tuple[str, ...]) -> None:
        operations = getattr(inside, "operations", None) or inside.layers
        for operation in operations:
            if id(operation) in seen:
                continue
            seen.add(id(operation))
            own = (*path, operation.name)
            if isinstance(operation, keras.Model):
                watch(operation, own)
            else:
                operation.call = watched("/".join(own), operation.call)

    watch(model, ())
    model(keras.ops.convert_to_tensor(given), training=False)
    return outputs
