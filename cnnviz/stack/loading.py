"""The weights that a file has for a stack, and where the network that the file describes is another than the stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import isclose
from typing import Any

from msgspec.structs import fields

from cnnviz.io.files import show_path
from cnnviz.io.hdf5.dialects import CHANNELS_FIRST, today
from cnnviz.io.hdf5.matching import match_weights
from cnnviz.io.hdf5.model_config import ConfigLayer
from cnnviz.io.hdf5.reading import FileWeights
from cnnviz.io.hdf5.units import names_in
from cnnviz.io.state_dict.model import StateDict
from cnnviz.ops.activations import ALIASES
from cnnviz.stack.graph import Node
from cnnviz.stack.weights import LoadedWeights

_SHOWN = 10

_TRAINING = ("name", "inputs", "momentum", "rate", "trainable", "source")
"""Fields that do not change the forward result."""

_PAIRS = ("kernel_size", "strides", "dilation_rate", "pool_size", "size", "output_padding")


def load_weights(file: FileWeights | StateDict, nodes: Sequence[Node]) -> LoadedWeights:
    """Take the weights that fit the layers.

    Args:
        file: The file.
        nodes: The layers in order.

    Raises:
        WeightsError: If a layer's weights do not fit, or no layer of the file is one of the stack.
    """
    if isinstance(file, StateDict):
        from cnnviz.stack.state_dict import fit_state_dict

        return fit_state_dict(file, nodes)
    specs = {node.layer.name: {name: w.shape for name, w in node.weights.items()} for node in nodes if node.weights}
    kinds = {node.layer.name: type(node.layer).__name__ for node in nodes}
    match = match_weights(file, specs, kinds)
    told = (f"{show_path(file.name)}: {text}" for text in differences(nodes, file.config, match.paths))
    return LoadedWeights(match.arrays, [*match.remarks, *told])


def differences(
    nodes: Sequence[Node], config: Sequence[ConfigLayer], paths: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Say layer by layer what differs in the forward pass: the same weights mean less in another network.

    Args:
        nodes: The layers of the stack.
        config: The layers that the file describes.
        paths: Places in the file of the layers whose weights were taken.
    """
    described = {layer.path: layer for layer in config if not layer.is_model}
    by_name: dict[str, list[ConfigLayer]] = {}
    for layer in described.values():
        for name in dict.fromkeys(names_in(layer.path)):
            by_name.setdefault(name, []).append(layer)
    told = []
    for node in nodes:
        there = described.get(paths.get(node.layer.name, ()))
        if there is None:
            named = by_name.get(node.layer.name, [])
            there = named[0] if len(named) == 1 and node.layer.name not in paths else None
        if there is not None and (found := list(_of_layer(node, there))):
            told.append(f'layer "{node.layer.name}" is another in the file: {"; ".join(found)}')
    yield from islice(told, _SHOWN)
    if len(told) > _SHOWN:
        yield f"{len(told) - _SHOWN} more layers are others in the file"
    # Keras's Flatten puts channels last by itself if it is told that they come first.
    formats = [(layer.kind, today(layer.kind, layer.fields)[1].get("data_format")) for layer in config]
    in_their_order = [
        kind for kind, data_format in formats if kind in ("Flatten", "Reshape") and data_format != CHANNELS_FIRST
    ]
    if in_their_order and any(data_format == CHANNELS_FIRST for _, data_format in formats):
        yield (
            f"its channels come first, here they come last: a Dense after {in_their_order[0]} would need its weights "
            "in another order"
        )


def _of_layer(node: Node, there: ConfigLayer) -> Iterator[str]:
    kind = type(node.layer).__name__
    their_kind, theirs = today(there.kind, there.fields)
    if kind != their_kind:
        yield f"{show_path(their_kind)}, here {kind}"
        return
    if theirs.get("data_format") == CHANNELS_FIRST:
        yield f"data_format {CHANNELS_FIRST}, here channels_last"
    for field in fields(type(node.layer)):
        name = field.name
        if name not in theirs or name in _TRAINING or name.endswith("_initializer"):
            continue
        own = getattr(node.layer, name)
        rank = len(node.input_shapes[0]) + 1
        one, other = (_canonical(kind, name, value, rank) for value in (theirs[name], own))
        if name == "strides" and kind in ("MaxPooling2D", "AveragePooling2D"):
            one = _pair(theirs.get("pool_size")) if one is None else one
            other = _pair(getattr(node.layer, "pool_size", None)) if other is None else other
        if not _equal(one, other):
            yield f"{name} {show_path(_written(theirs[name]))}, here {_written(own)}"


def _canonical(kind: str, name: str, value: Any, rank: int) -> Any:
    """Bring a value into a form in which what means the same is equal."""
    if name == "activation":
        if isinstance(value, dict):
            value = value.get("config") if value.get("class_name") == "function" else value.get("class_name")
        return "linear" if value is None else ALIASES.get(value, value) if isinstance(value, str) else value
    if name in _PAIRS:
        return _pair(value)
    if name in ("axis", "shared_axes"):
        axes = () if value is None else _tuple(value) if isinstance(value, list | tuple) else (value,)
        return tuple(axis + rank if isinstance(axis, int) and axis < 0 else axis for axis in axes)
    if name in ("cropping", "padding") and kind in ("Cropping2D", "ZeroPadding2D"):
        sides = _pair(value)
        return tuple(map(_pair, sides)) if isinstance(sides, tuple) else sides
    return _tuple(value)


def _pair(value: Any) -> Any:
    return (value, value) if isinstance(value, int) else _tuple(value)


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list | tuple) else value


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        if -1 in (*one, *other):  # Reshape's "what is left"
            return True
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=1e-6)  # Keras may write what a float32 holds
    return bool(one == other)


def _written(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, dict):
        return str(value.get("config", value.get("class_name")))[:50]
    if isinstance(value, float):
        return f"{value:.7g}"
    return "none" if value is None else str(value)[:50]
