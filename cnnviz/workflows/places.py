"""Which value of a layer is meant: what was named, checked, or else the largest."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.layers.explaining.records import Place
from cnnviz.stack.graph import Node, title
from cnnviz.wording import shape_text

Given = tuple[int | None, ...]


class Wanted(NamedTuple):
    """A place as it was named.

    Attributes:
        at: Row and column of a map, or the unit of a vector; None for where the value is largest.
        channel: Of a map; None for the one whose value is largest.
        unit: Of a vector, in place of `at`.
    """

    at: tuple[int, ...] | None = None
    channel: int | None = None
    unit: int | None = None


def check_place(node: Node, wanted: Wanted) -> Given:
    """Hold a place against a layer's shape.

    Args:
        node: The layer.
        wanted: What was named.

    Returns:
        An index into the output, None where nothing was named.

    Raises:
        UsageError: If there is no such place.
    """
    given = _of_map(node, wanted) if len(node.output_shape) == 3 else _of_vector(node, wanted)
    for at, length, name in zip(given, node.output_shape, _names(given), strict=True):
        if at is not None and not 0 <= at < length:
            raise UsageError(f"{name} {at} is outside of {_describe(node)}: {_ranges(node)}")
    return given


def find_place(name: str, output: NDArray[Any], given: Given) -> tuple[Place, str]:
    """Fill in what was not named: the largest value.

    Args:
        name: The layer's.
        output: `(H, W, C)` or `(units,)`.
        given: What `check_place` gave.

    Returns:
        An index into the output, and what to say of it: empty if all of it was named.
    """
    if None not in given:
        return tuple(at for at in given if at is not None), ""
    part = output[tuple(slice(None) if at is None else slice(at, at + 1) for at in given)]
    largest = np.unravel_index(int(np.argmax(np.where(np.isnan(part), -np.inf, part))), part.shape)
    place = tuple(int(found) if at is None else at for found, at in zip(largest, given, strict=True))
    return place, f"explaining {_said(given)} of {name}: {_option(place)}"


def _of_map(node: Node, wanted: Wanted) -> Given:
    if wanted.unit is not None:
        raise UsageError(f"{_describe(node)}: name a place with --at ROW,COLUMN and --channel, not with --unit")
    if wanted.at is not None and len(wanted.at) != 2:
        raise UsageError(f"{_describe(node)}: --at takes a row and a column, such as --at 0,0")
    row, column = wanted.at or (None, None)
    return row, column, wanted.channel


def _of_vector(node: Node, wanted: Wanted) -> Given:
    if wanted.channel is not None:
        raise UsageError(f"{_describe(node)}: name one of its units with --unit, not with --channel")
    if wanted.at is not None and (len(wanted.at) != 1 or wanted.unit is not None):
        raise UsageError(f"{_describe(node)}: name one of its units with --unit N, or with --at N")
    return (wanted.at[0] if wanted.at else wanted.unit,)


def _describe(node: Node) -> str:
    what = "a map" if len(node.output_shape) == 3 else "a vector"
    return f"{title(node.layer)}, {what} of {shape_text(node.output_shape)}"


def _names(given: Given) -> tuple[str, ...]:
    return ("row", "column", "channel") if len(given) == 3 else ("unit",)


def _ranges(node: Node) -> str:
    return ", ".join(
        f"{name}s 0 to {length - 1}" if length > 1 else f"{name} 0 alone"
        for name, length in zip(_names(node.output_shape), node.output_shape, strict=True)
    )


def _said(given: Given) -> str:
    if len(given) == 1 or given == (None, None, None):
        return "the largest value"
    if given[2] is None:
        return "the channel with the largest value there"
    return f"the largest value of channel {given[2]}"


def _option(place: Place) -> str:
    return f"--unit {place[0]}" if len(place) == 1 else f"--at {place[0]},{place[1]} --channel {place[2]}"
