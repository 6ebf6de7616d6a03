"""What several stacks share: every layer with the same inputs and the same weights is computed once.

Layers are numbered as they are first met, the same layer with the same inputs and weights by the same number: the
stacks become paths in a tree whose common beginnings are one branch, and equal remainders meet again. Walking the tree
branch by branch keeps only those tensors that a later branch starts from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from cnnviz.layers.base import Layer, Shape, Weights
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.spec import InputSpec, Stack
from cnnviz.stack.walk import WalkStep, last_uses, steps_of

Origin = tuple[str, int | str]
"""What weights depend on beside their shapes and initialisers: the layer's name and the seed, or the name of a file."""


class Variant(msgspec.Struct, frozen=True):
    """One of the stacks, over its input, as far as it fits.

    Attributes:
        stack: The stack; None if it could not be read.
        input_shape: Height, width and channels of what enters; None if nothing of the stack can be computed.
        nodes: The stack's layers in order; those before the first that does not fit.
        seed: The seed of the random initialisers.
        given: Weights from a file, by layer.
        failure: Why not all of it fits; None if it does.
        picture: Name of what enters.
        file: Name of the file that the weights are from; empty for a model's own.
    """

    stack: Stack | None
    input_shape: Shape | None = None
    nodes: tuple[Node, ...] = ()
    seed: int = 0
    given: Mapping[str, Weights] = {}
    failure: Failure | None = None
    picture: str = ""
    file: str = ""


class Failure(msgspec.Struct, frozen=True):
    """Why a combination does not fit.

    Attributes:
        message: In full, with its place.
        reason: The local fact alone.
    """

    message: str
    reason: str


class LayerPass(NamedTuple):
    """A layer over certain inputs with certain weights, computed once.

    Attributes:
        node: The layer, as the first stack has it.
        sources: The numbers of the passes that feed it; -1, -2, ... are the inputs.
        origin: Where its weights come from; None if they depend on nothing else, or there are none.
        given: The weights, if they come from a file.
    """

    node: Node
    sources: tuple[int, ...]
    origin: Origin | None
    given: Weights | None

    @property
    def weights_key(self) -> object:
        """What makes the weights of two passes the same."""
        return self.origin, tuple((name, spec.shape, spec.initializer) for name, spec in self.node.weights.items())


Input = tuple[str, InputSpec, Shape]


class Plan(NamedTuple):
    """What is to be computed.

    Attributes:
        inputs: The different inputs, each the name of a picture, how it enters, and its shape then: -1 is the first.
        passes: In the order of their computation.
        paths: The numbers of each stack's passes, in the order of its layers, as far as they fit.
        steps: The walk: the passes, and each input before the first pass that reads it.
        weights_released: For each pass, the keys of the weights that no later pass needs.
    """

    inputs: tuple[Input, ...]
    passes: tuple[LayerPass, ...]
    paths: tuple[tuple[int, ...], ...]
    steps: tuple[WalkStep[int], ...]
    weights_released: tuple[tuple[object, ...], ...]

    @property
    def asked(self) -> int:
        """How many layers all stacks have together."""
        return sum(map(len, self.paths))


def plan(variants: Sequence[Variant]) -> Plan:
    """Find what stacks share.

    Args:
        variants: The stacks.
    """
    numbers: dict[object, int] = {}
    passes: list[LayerPass] = []
    inputs: dict[Input, int] = {}
    paths: list[tuple[int, ...]] = []
    for variant in variants:
        if variant.stack is None or variant.input_shape is None:
            paths.append(())
            continue
        entering = (variant.picture, variant.stack.input, variant.input_shape)
        known = {INPUT: -1 - inputs.setdefault(entering, len(inputs))}
        for node in variant.nodes:
            layer = node.layer
            sources = tuple(known[name] for name in layer.inputs)
            met = LayerPass(node, sources, _origin(node, variant), variant.given.get(layer.name))
            number = numbers.setdefault((_of_any_name(layer, met.given), met.sources, met.origin), len(passes))
            if number == len(passes):
                passes.append(met)
            known[layer.name] = number
        paths.append(tuple(known[node.layer.name] for node in variant.nodes))
    # In the order of their computation.
    place = {number: at for at, number in enumerate(dict.fromkeys(chain.from_iterable(sorted(paths))))}
    ordered = [
        passes[number]._replace(sources=tuple(place.get(source, source) for source in passes[number].sources))
        for number in place
    ]
    return Plan(
        tuple(inputs),
        tuple(ordered),
        tuple(tuple(place[number] for number in path) for path in paths),
        steps_of(_graph(ordered)),
        last_uses([one.weights_key] for one in ordered),
    )


def _of_any_name(layer: Layer, given: Weights | None) -> Layer:
    """Return a layer without what does not change its output: its name, and initialisers of weights that are given."""
    fields = layer.__struct_fields__ if given is not None else ()
    unused = {field: None for field in fields if field.endswith("_initializer")}
    return replace(layer, name="", inputs=(), source="", **unused)


def _graph(passes: Sequence[LayerPass]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Name each tensor and what it is made of; an input, which is made of nothing, before it is first read."""
    entered: set[int] = set()
    for number, one in enumerate(passes):
        for source in one.sources:
            if source < 0 and source not in entered:
                entered.add(source)
                yield source, ()
        yield number, one.sources


def _origin(node: Node, variant: Variant) -> Origin | None:
    if node.layer.name in variant.given:
        return node.layer.name, variant.file
    random = any(spec.initializer.random for spec in node.weights.values())
    return (node.layer.name, variant.seed) if random else None
