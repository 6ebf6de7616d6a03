"""Which number of a network is asked about: a class, or a value or a map of any layer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.objective import Objective
from cnnviz.config.wording import suggest
from cnnviz.errors import UsageError
from cnnviz.io.files import show_path
from cnnviz.layers.base import Array, Shape
from cnnviz.ops.activations.levelling import softmax
from cnnviz.stack.graph import Node, infer, named
from cnnviz.stack.network import Network
from cnnviz.stack.scores import Scores, find_scores
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import StackWeights
from cnnviz.training.losses import as_classes
from cnnviz.workflows.explain.places import NamedPlace, check_place
from cnnviz.workflows.prepare.preparation import Preparation

_PLACE = re.compile(r"(?P<layer>.+?)(?::(?P<channel>\d+))?(?:@(?P<row>\d+),(?P<column>\d+))?")


class Target(NamedTuple):
    """The number that is asked about.

    Attributes:
        objective: The number.
        words: What it is, such as `class 3` or `map 12 of conv_3`.
        layer: The layer that it is read off.
        unit: The number of the class; None where it is no class's.
    """

    objective: Objective
    words: str
    layer: str
    unit: int | None


def find_target(preparation: Preparation, input_shape: Shape, pixels: Array, asked: str | None) -> Target:
    """Find the number, and make ready the network that leads to it.

    Args:
        preparation: The stack.
        input_shape: What enters.
        pixels: The picture, which decides for its likeliest class where nothing is asked.
        asked: A class by name or number, or `LAYER:MAP`, `LAYER:UNIT`, `LAYER:MAP@Y,X`; None for the likeliest class.

    Raises:
        CnnvizError: If there is no such number, or the layers or the weights do not fit.
    """
    nodes = preparation.nodes(input_shape)
    if asked is not None and asked not in preparation.stack.classes and not asked.isdecimal():
        layer = _layer_of(preparation.stack, asked)
        if layer is not None:
            return _value(preparation, input_shape, asked, layer)
        meant = named(preparation.stack.layers, re.split("[:@]", asked, maxsplit=1)[0])
        if meant is not None:
            node = next(node for node in nodes if node.layer.name == meant.name)
            raise UsageError(f"--target {show_path(asked)}: {_forms(node)}")
    try:
        scores = find_scores(preparation.stack, nodes)
    except UsageError as error:
        raise UsageError(f"{error}; ask about a map, such as --target {_example(nodes)}") from error
    return _class(preparation, scores, input_shape, pixels, asked)


def _forms(node: Node) -> str:
    """Say how values of a layer are named."""
    name = node.layer.name
    return (
        f"name the map, such as {name}:0, or {name}:0@Y,X"
        if len(node.output_shape) == 3
        else (f"name the unit, such as {name}:0")
    )


def _example(nodes: Sequence[Node]) -> str:
    maps = [node for node in nodes if len(node.output_shape) == 3]
    return f"{(maps or nodes)[-1].layer.name}:0"


def _layer_of(stack: Stack, asked: str) -> str | None:
    """Return the layer that is meant; None if none may be."""
    found = _PLACE.fullmatch(asked)
    layer = found and named(stack.layers, found["layer"])
    return layer.name if layer else None


def _value(preparation: Preparation, input_shape: Shape, asked: str, layer: str) -> Target:
    found = _PLACE.fullmatch(asked)
    assert found is not None
    network = preparation.network_to(input_shape, layer)
    node = network.nodes[-1]
    number = None if found["channel"] is None else int(found["channel"])
    at = None if found["row"] is None else (int(found["row"]), int(found["column"]))
    is_map = len(node.output_shape) == 3
    if number is None or (at is not None and not is_map):
        raise UsageError(f"--target {show_path(asked)}: {_forms(node)}")
    place = check_place(node, NamedPlace(at, number, None) if is_map else NamedPlace(None, None, number))
    direction = np.zeros(node.output_shape)
    index = tuple(slice(None) if part is None else part for part in place)
    direction[index] = 1 / direction[index].size  # of a whole map its mean
    words = f"map {number} of {layer}" if is_map else f"unit {number} of {layer}"
    if at is not None:
        words = f"the value at {at[0]},{at[1]} of {words}"
    elif is_map:
        words = f"the mean of {words}"
    return Target(Objective(network, direction), words, layer, None)


def _class(preparation: Preparation, scores: Scores, input_shape: Shape, pixels: Array, asked: str | None) -> Target:
    preparation.check(input_shape)
    whole = preparation.network(input_shape)
    nodes = infer(scores.stack, input_shape)
    weights = StackWeights(whole.weights, whole.origins)
    network = Network(scores.stack, input_shape, nodes, weights, whole.dtype, whole.threads)
    last = nodes[-1].layer.name
    names = preparation.stack.classes
    if asked is None:
        logits = as_classes(network.forward(pixels, keep=[last])[last][None])[0]
        if not np.isfinite(logits).all():
            raise UsageError("the scores of this picture are not finite: name the class with --target")
        unit = int(logits.argmax())
    else:
        unit = _unit(asked, names, scores.classes, preparation.stack)
    direction = np.zeros(nodes[-1].output_shape)
    if direction.size == 1:  # the score speaks for class 1, and against class 0
        direction[0] = 1 if unit == 1 else -1
    else:
        direction[unit] = 1
    words = f"class {names[unit]}" if names else f"class {unit}"
    return Target(Objective(network, direction, _share_of(unit)), words, last, unit)


def _unit(asked: str, names: Sequence[str], classes: int, stack: Stack) -> int:
    plain = [name.casefold() for name in names]
    if asked in names:
        return names.index(asked)
    if plain.count(asked.casefold()) == 1:
        return plain.index(asked.casefold())
    if asked.isdecimal() and int(asked) < classes:
        return int(asked)
    if asked.isdecimal():
        raise UsageError(f"--target {asked}: the network tells {classes} classes apart, 0 to {classes - 1}")
    layers = [layer.name for layer in stack.layers]
    known = suggest(asked, names, "classes are") if names else f"classes are 0 to {classes - 1}"
    raise UsageError(f"there is no class {asked!r}; {known}; or name a map of a layer, such as {layers[0]}:0")


def _share_of(unit: int) -> Callable[[Array], NDArray[np.float64]]:
    return lambda logits: softmax(as_classes(logits.astype(np.float64)), (1,))[:, unit]
