"""What a whole model's file says of its layers: the attribute `model_config`, Keras's own description in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_DEEPEST = 50


class ConfigLayer(NamedTuple):
    """A layer as Keras describes it.

    Attributes:
        path: The names of the models around it, outermost first, and its own.
        kind: The layer's class, such as `Conv2D`.
        fields: The arguments of its constructor.
        is_model: Whether it is a model, with layers of its own.
    """

    path: tuple[str, ...]
    kind: str
    fields: Mapping[str, Any]
    is_model: bool


def parse_config(text: str | bytes) -> tuple[ConfigLayer, ...]:
    """Read a description: models and the layers in them, in the file's order.

    Raises:
        ValueError: If it is none.
    """
    try:
        model = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return tuple(_walk(model, ()))


def _walk(model: Any, path: tuple[str, ...]) -> Iterator[ConfigLayer]:
    for layer in _layers(model):
        fields = layer.get("config") if isinstance(layer, dict) else None
        if isinstance(fields, list):  # a Sequential of Keras before 2.2.3
            fields = {"name": layer.get("name"), "layers": fields}
        if not isinstance(fields, dict):
            continue
        name = fields.get("name", layer.get("name"))
        if not isinstance(name, str) or len(path) > _DEEPEST:
            continue
        is_model = isinstance(fields.get("layers"), list)
        yield ConfigLayer((*path, name), str(layer.get("class_name")), fields, is_model)
        if is_model:
            yield from _walk({"config": fields}, (*path, name))


def _layers(model: Any) -> list[Any]:
    config = model.get("config") if isinstance(model, dict) else None
    layers = config.get("layers") if isinstance(config, dict) else config
    return layers if isinstance(layers, list) else []
