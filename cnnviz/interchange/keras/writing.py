"""A network as a script of Keras that builds it, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import fields

from cnnviz.errors import ModelError
from cnnviz.interchange.writing.network import Weighed
from cnnviz.interchange.writing.words import entering
from cnnviz.layers.base import Layer
from cnnviz.stack.graph import Node

_HEAD = '''"""{name}: a network of cnnviz in Keras, to check one against the other.

{entering} {shape} of them, channels last.

    outputs = model.predict(pixels)
"""

from pathlib import Path

import keras

t = {{"input": keras.Input({input_shape}, name="input")}}
{lines}
model = keras.Model(t["input"], {{name: tensor for name, tensor in t.items() if name != "input"}})
model.load_weights(Path(__file__).with_name("{weights}"), by_name=True)

if __name__ == "__main__":
    model.summary()
'''

_PADDED = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "ZeroPadding2D"}
"""Kinds whose padding can be said in numbers, by a layer in front or by themselves."""

_OWN = {"name", "inputs", "trainable", "source"}


def keras_script(network: Weighed, weights: str) -> str:
    """Write a network as a script.

    Args:
        network: The network.
        weights: Name of the HDF5 file beside the script that holds the weights.

    Raises:
        ModelError: If Keras lacks a layer: all of them at once, by name.
    """
    lines: list[str] = []
    problems: list[str] = []
    for node in network.nodes:
        missing = list(_missing(node.layer))
        problems += [f'layer "{node.layer.name}": Keras has no {what}' for what in missing]
        lines += [] if missing else _lines(node)
    if problems:
        raise ModelError(*problems)
    height, width, channels = network.input_shape
    return _HEAD.format(
        name=network.stack.name.replace("\\", "/").replace('"', "'"),
        entering=entering(network.stack.input),
        shape=f"{height} x {width} x {channels}",
        input_shape=network.input_shape,
        weights=weights,
        lines="\n".join(lines),
    )


def _missing(layer: Layer) -> Iterator[str]:
    kind = type(layer).__name__
    if not layer.in_keras:
        yield kind
        return
    given = _given(layer)
    yield from (f"{name} of {kind}" for name in layer.beyond_keras if name in given)
    if _largest(given.get("strides", 1)) > 1 and _largest(given.get("dilation_rate", 1)) > 1:
        yield f"strides and dilation together in a {kind}"
    if _sides(given) is not None and kind not in _PADDED:
        yield f"padding of {kind} but 'valid' and 'same'"


def _given(layer: Layer) -> dict[str, Any]:
    """Return the fields that are not as they are by default and matter to the forward pass."""
    return {
        one.name: value
        for one in fields(type(layer))
        if one.name not in _OWN and not one.name.endswith("_initializer")
        if (value := getattr(layer, one.name)) != one.default
    }


def _largest(value: Any) -> int:
    return max(value) if isinstance(value, tuple) else value or 1


def _sides(given: dict[str, Any]) -> Any:
    padding = given.get("padding")
    return None if padding is None or isinstance(padding, str) else padding


def _lines(node: Node) -> Iterator[str]:
    layer, given = node.layer, _given(node.layer)
    reads = [f"t[{name!r}]" for name in layer.inputs]
    what = reads[0] if not layer.merges else f"[{', '.join(reads)}]"
    if (sides := _sides(given)) is not None and type(layer).__name__ != "ZeroPadding2D":
        top, bottom, left, right = (sides,) * 4 if isinstance(sides, int) else sides
        del given["padding"]
        what = f"keras.layers.ZeroPadding2D((({top}, {bottom}), ({left}, {right})))({what})"
    arguments = "".join(f", {name}={value!r}" for name, value in given.items())
    name = layer.name
    yield f"t[{name!r}] = keras.layers.{type(layer).__name__}(name={name!r}{arguments})({what})"
