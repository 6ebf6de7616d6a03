"""Findings about a layer's output in plain English, with their causes where they were found; none if it is healthy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.causes import Causes, part_at_ends
from cnnviz.render.kit.numbers import percent
from cnnviz.render.statistics import Statistics
from cnnviz.render.tensor_facts import TensorFacts
from cnnviz.stack.graph import Node
from cnnviz.wording import listed

Array = NDArray[Any]

_LISTED = 8


def notes(
    node: Node,
    known: TensorFacts,
    inputs: Callable[[], Sequence[TensorFacts]],
    array: Array,
    weights: Mapping[str, Array],
    trained: bool = False,
) -> tuple[str, ...]:
    """Say what is wrong with a layer's output: NaN, dead, constant, duplicate and saturated maps.

    Args:
        node: The layer.
        known: What is known of its output.
        inputs: Returns what is known of each of its inputs; called if something is to be explained.
        array: The layer's output, `(H, W, C)` or `(units,)`.
        weights: The layer's weights, by name.
        trained: Whether the network's weights were loaded, so that others are no advice.
    """
    statistics = known.statistics
    causes = Causes(node, statistics, inputs, weights, array.dtype, trained)
    found: list[str] = []
    if statistics.nonfinite:
        found.append(_nonfinite(statistics, causes))
    if array.ndim == 1 or array.shape[0] * array.shape[1] == 1:
        found += _values(array, known, causes)
    else:
        found += _maps(known, causes)
        found += _copies(known.copies, causes)
    if causes.faint is not None:
        found.append(causes.faint)
    part = part_at_ends(causes.activation, array, statistics) if statistics.maximum > statistics.minimum else None
    if part and part >= causes.activation.saturated:
        found.append(
            f"{causes.activation.name} is saturated: {percent(part, digits=0)} of the values are at its ends; "
            f"{causes.too_large}"
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


def _values(array: Array, known: TensorFacts, causes: Causes) -> Iterator[str]:
    """Judge a vector, or maps of a single pixel: some zeros among them are healthy."""
    statistics = known.statistics
    if statistics.maximum != statistics.minimum or statistics.nonfinite:
        return
    if statistics.count == 1:
        yield "constant: it is a single value, which has no range to draw"
        return
    subject = f"all {statistics.count:,} {'units' if array.ndim == 1 else 'values'}"
    explain = causes.of_zeros if statistics.is_zero else causes.of_constants
    reasons = list(dict.fromkeys(map(explain, range(len(statistics.map_minimum)))))
    said = "zero" if statistics.is_zero else "constant"
    yield _with(f"{subject} are {said}", reasons[0] if len(reasons) == 1 else None)


def _maps(known: TensorFacts, causes: Causes) -> Iterator[str]:
    statistics = known.statistics
    total = len(statistics.map_minimum)
    for cause, dead in _by_cause(np.flatnonzero(known.zero), causes.of_zeros):
        yield _with(f"{_subject(dead, total)} zero everywhere{_which(dead, total)}", cause)
    for cause, maps in _by_cause(np.flatnonzero(known.flat & ~known.zero), causes.of_constants):
        yield _with(f"{_subject(maps, total)} constant{_which(maps, total)}", cause)


def _by_cause(
    maps: NDArray[np.intp], explain: Callable[[int], str | None]
) -> Iterator[tuple[str | None, NDArray[np.intp]]]:
    """Part maps by their cause."""
    found: dict[str | None, list[int]] = {}
    for channel in maps.tolist():
        found.setdefault(explain(channel), []).append(channel)
    for cause, members in found.items():
        yield cause, np.array(members)


def _copies(groups: list[list[int]], causes: Causes) -> Iterator[str]:
    found: dict[str | None, list[list[int]]] = {}
    for group in groups:
        found.setdefault(causes.of_copies(group), []).append(group)
    for cause, alike in found.items():
        number = sum(map(len, alike))
        texts = [_numbers(np.array(group), "map") for group in alike[:_LISTED]]
        if len(alike) > _LISTED:
            texts.append(f"{len(alike) - _LISTED} more groups")
        yield _with(f"{number} maps are duplicates ({'; '.join(texts)} are the same)", cause)


def _with(fact: str, cause: str | None) -> str:
    return fact if cause is None else f"{fact}: {cause}"


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
    return f"{noun}{'s' if noun and len(maps) > 1 else ''} {listed(texts)}"
