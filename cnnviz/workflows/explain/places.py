"""Which value of a layer is meant: what was named, checked, or else the largest."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.layers.explaining.records import Place
from cnnviz.stack.graph import Node, title
from cnnviz.wording import shape_text

PartialPlace = tuple[int | None, ...]


class NamedPlace(NamedTuple):
    """A place as it was named.

    Attributes:
        at: Row and column of a map, or the unit of a vector; None for where the value is largest.
        channel: The channel of a map; None for the one whose value is largest.
        unit: The unit of a vector, in place of `at`.
    """

    at: tuple[int, ...] | None = None
    channel: int | None = None
    unit: int | None = None


def check_place(node: Node, named: NamedPlace) -> PartialPlace:
    """Hold a place against a layer's shape.

    Args:
        node: The layer.
        named: What was named.

    Returns:
        An index into the output, None where nothing was named.

    Raises:
        UsageError: If there is no such place.
    """
    partial = _of_map(node, named) if len(node.output_shape) == 3 else _of_vector(node, named)
    for at, length, name in zip(partial, node.output_shape, _names(partial), strict=True):
        if at is not None and not 0 <= at < length:
            raise UsageError(f"{name} {at} is outside of {_describe(node)}: {_ranges(node)}")
    return partial


def find_place(name: str, output: NDArray[Any], partial: PartialPlace) -> tuple[Place, str]:
    """Fill in what was not named: the largest value.

    Args:
        name: The layer's.
        output: `(H, W, C)` or `(units,)`.
        partial: What `check_place` gave.

    Returns:
        An index into the output, and what to say of it: empty if all of it was named.
    """
    if None not in partial:
        return tuple(at for at in partial if at is not None), ""
    part = output[tuple(slice(None) if at is None else slice(at, at + 1) for at in partial)]
    largest = np.unravel_index(int(np.argmax(np.where(np.isnan(part), -np.inf, part))), part.shape)
    place = tuple(int(found) if at is None else at for found, at in zip(largest, partial, strict=True))
    return place, f"explaining {_said(partial)} of {name}: {_option(place)}"


def _of_map(node: Node, named: NamedPlace) -> PartialPlace:
    if named.unit is not None:
        raise UsageError(f"{_describe(node)}: name a place with --at ROW,COLUMN and --channel, not with --unit")
    if named.at is not None and len(named.at) != 2:
        raise UsageError(f"{_describe(node)}: --at takes a row and a column, such as --at 0,0")
    row, column = named.at or (None, None)
    return row, column, named.channel


def _of_vector(node: Node, named: NamedPlace) -> PartialPlace:
    if named.channel is not None:
        raise UsageError(f"{_describe(node)}: name one of its units with --unit, not with --channel")
    if named.at is not None and (len(named.at) != 1 or named.unit is not None):
        raise UsageError(f"{_describe(node)}: name one of its units with --unit N, or with --at N")
    return (named.at[0] if named.at else named.unit,)


def _describe(node: Node) -> str:
    what = "a map" if len(node.output_shape) == 3 else "a vector"
    return f"{title(node.layer)}, {what} of {shape_text(node.output_shape)}"


def _names(partial: PartialPlace) -> tuple[str, ...]:
    return ("row", "column", "channel") if len(partial) == 3 else ("unit",)


def _ranges(node: Node) -> str:
    return ", ".join(
        f"{name}s 0 to {length - 1}" if length > 1 else f"{name} 0 alone"
        for name, length in zip(_names(node.output_shape), node.output_shape, strict=True)
    )


def _said(partial: PartialPlace) -> str:
    if len(partial) == 1 or partial == (None, None, None):
        return "the largest value"
    if partial[2] is None:
        return "the channel with the largest value there"
    return f"the largest value of channel {partial[2]}"


def _option(place: Place) -> str:
    return f"--unit {place[0]}" if len(place) == 1 else f"--at {place[0]},{place[1]} --channel {place[2]}"
