"""Layers that belong into one box: a layer, and what only normalises, bends or drops its values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.render.diagram.model import Part


class Chain(NamedTuple):
    """A box of a diagram.

    Attributes:
        parts: Its layers, in order; each reads the one before, which no other layer reads.
        inputs: The numbers of the chains that it reads, in the order of the layer's inputs.
    """

    parts: tuple[Part, ...]
    inputs: tuple[int, ...]

    @property
    def first(self) -> Part:
        """The layer that gives the box its name."""
        return self.parts[0]

    @property
    def last(self) -> Part:
        """The layer whose output leaves the box."""
        return self.parts[-1]


def chains_of(parts: Sequence[Part], together: bool = True) -> list[Chain]:
    """Gather layers in boxes.

    Args:
        parts: The input and the layers, in order.
        together: Whether layers share boxes at all.
    """
    readers: dict[int, int] = {}
    for part in parts:
        for source in set(part.inputs):
            readers[source] = readers.get(source, 0) + 1
    members: list[list[Part]] = []
    homes: dict[int, int] = {}
    for part in parts:
        source = part.inputs[0] if part.inputs else -1
        if together and _follows(part, parts[source], readers) and members[homes[source]][-1].number == source:
            homes[part.number] = homes[source]
            members[homes[source]].append(part)
        else:
            homes[part.number] = len(members)
            members.append([part])
    return [Chain(tuple(each), tuple(dict.fromkeys(homes[source] for source in each[0].inputs))) for each in members]


def _follows(part: Part, before: Part, readers: dict[int, int]) -> bool:
    """Tell whether a layer goes into the box of the one that it reads."""
    if len(part.inputs) != 1 or readers[before.number] > 1 or before.family == "input":
        return False
    if part.shape != before.shape:
        return False
    is_weighed = before.family in ("convolution", "dense")
    return part.family == "activation" or part.kind == "Dropout" or (part.family == "normalization" and is_weighed)
