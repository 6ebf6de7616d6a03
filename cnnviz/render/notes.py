"""Findings about a layer's output in plain English, each with its likely cause; none for a healthy layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.causes import Causes, flat_maps, zero_maps
from cnnviz.render.duplicates import duplicates
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import Node

Array = NDArray[Any]

_LISTED = 8


def notes(
    node: Node,
    statistics: Statistics,
    inputs: Sequence[Statistics | None],
    array: Array,
    weights: Mapping[str, Array],
) -> tuple[str, ...]:
    """Say what is wrong with a layer's output: NaN, dead, constant, duplicate and saturated maps.

    Args:
        node: The layer.
        statistics: Of its output.
        inputs: Of each of its inputs; None for the network's own.
        array: Its output, `(H, W, C)` or `(units,)`.
        weights: Its weights, by name.
    """
    causes = Causes(node, statistics, inputs, weights)
    found: list[str] = []
    if statistics.nonfinite:
        found.append(_nonfinite(statistics, causes))
    if array.ndim == 1 or array.shape[0] * array.shape[1] == 1:
        found += _values(array, statistics, causes)
    else:
        found += _maps(statistics, causes)
        found += _copies(duplicates(array, statistics), causes)
    if statistics.maximum > statistics.minimum and (part := causes.saturation(array)):
        found.append(
            f"{causes.activation} is saturated: {part * 100:.0f} % of the values are at its ends; {causes.too_large}"
        )
    return tuple(found)


def _nonfinite(statistics: Statistics, causes: Causes) -> str:
    bad = np.flatnonzero(statistics.map_nonfinite)
    where = f" in {_numbers(bad, 'map')}" if 0 < len(bad) < len(statistics.map_nonfinite) else ""
    verb = "is" if statistics.nonfinite == 1 else "are"
    return (
        f"{statistics.nonfinite:,} of {statistics.count:,} values {verb} NaN or infinite{where}, left out of the range "
        f"and drawn as 0: {causes.of_nonfinite()}"
    )


def _values(array: Array, statistics: Statistics, causes: Causes) -> Iterator[str]:
    """Judge a vector, or maps of a single pixel: some zeros among them are healthy."""
    if statistics.maximum != statistics.minimum:
        return
    if statistics.count == 1:
        yield "constant: it is a single value, which has no range to draw"
        return
    subject = f"all {statistics.count:,} {'units' if array.ndim == 1 else 'values'}"
    everything = np.arange(len(statistics.map_minimum))
    if statistics.is_zero:
        yield f"{subject} are zero: {causes.of_zeros(everything)}"
    else:
        yield f"{subject} are constant: {causes.of_constants(everything)}"


def _maps(statistics: Statistics, causes: Causes) -> Iterator[str]:
    total = len(statistics.map_minimum)
    zero = zero_maps(statistics)
    constant = flat_maps(statistics) & ~zero
    if zero.any():
        dead = np.flatnonzero(zero)
        yield f"{_subject(dead, total)} zero everywhere{_which(dead, total)}: {causes.of_zeros(dead)}"
    if constant.any():
        maps = np.flatnonzero(constant)
        yield f"{_subject(maps, total)} constant{_which(maps, total)}: {causes.of_constants(maps)}"


def _copies(groups: list[list[int]], causes: Causes) -> Iterator[str]:
    if groups:
        number = sum(map(len, groups))
        texts = [_numbers(np.array(group), "map") for group in groups[:_LISTED]]
        if len(groups) > _LISTED:
            texts.append(f"{len(groups) - _LISTED} more groups")
        yield f"{number} maps are duplicates ({'; '.join(texts)} are the same): {causes.of_copies(groups)}"


def _subject(maps: NDArray[np.intp], total: int) -> str:
    if total == 1:
        return "the only map is"
    if len(maps) == total:
        return "both maps are" if total == 2 else f"all {total} maps are"
    return f"{len(maps)} of {total} maps {'is' if len(maps) == 1 else 'are'}"


def _which(maps: NDArray[np.intp], total: int) -> str:
    return f" ({_numbers(maps, '').strip()})" if len(maps) < total else ""


def _numbers(maps: NDArray[np.intp], noun: str) -> str:
    texts = [str(number) for number in maps[:_LISTED].tolist()]
    if len(maps) > _LISTED:
        texts.append(f"{len(maps) - _LISTED} more")
    listed = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
    return f"{noun}{'s' if noun and len(maps) > 1 else ''} {listed}"
