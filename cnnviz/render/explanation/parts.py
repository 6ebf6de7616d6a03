"""What of a patch is shown: all of it as grids, or its strongest terms as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import Numbers, Patch, Stage

LISTED = 12
"""Terms that are listed where there are too many to show all."""

CHANNELS = 4
"""Channels that are drawn as grids where there are too many to show all."""


class NumberKind(NamedTuple):
    """One kind of number in a window.

    Attributes:
        title: What the numbers are.
        sign: The sign before them: `*`, `=`, `->` or none.
        numbers: The numbers, `(rows, columns, channels)`.
        padding: Whether padding has such numbers.
    """

    title: str
    sign: str
    numbers: Numbers
    padding: bool = False


class Operand(NamedTuple):
    """One number that is read.

    Attributes:
        row: Row of the number.
        column: Column of the number.
        channel: Channel of the number, or the unit of a vector.
        value: The number.
        weight: The weight that multiplies the number; None if none does.
        term: What the number adds to a sum; None if nothing is summed.
        chosen: Whether the number decides the result, as the largest of a window does.
    """

    row: int
    column: int
    channel: int
    value: float
    weight: float | None
    term: float | None
    chosen: bool

    @property
    def numbers(self) -> list[float]:
        """The value, and what there is of weight and term."""
        return [number for number in (self.value, self.weight, self.term) if number is not None]


class Listing(NamedTuple):
    """Some numbers of a patch, the strongest first or all in order.

    Attributes:
        entries: Numbers that are shown.
        left_out: How many numbers are not shown.
        rest: What the terms of the others add up to; None if nothing is summed.
    """

    entries: tuple[Operand, ...]
    left_out: int
    rest: float | None


class Shown(NamedTuple):
    """The channels of a patch that are drawn as grids.

    Attributes:
        channels: Places of the channels in the patch, in order.
        left_out: How many channels are not drawn.
        rest: What the terms of the others add up to; None if nothing is summed.
    """

    channels: tuple[int, ...]
    left_out: int
    rest: float | None


def is_grid(patch: Patch, largest: int) -> bool:
    """Tell whether a patch is a window of more than a pixel and of so many rows and columns at most."""
    height, width = len(patch.rows), len(patch.columns)
    return height * width > 1 and max(height, width) <= largest


def are_points(stage: Stage) -> bool:
    """Tell whether a stage reads single values, to be written rather than drawn."""
    patch = stage.patches[0]
    return len(stage.patches) > 1 or (patch.values.size == 1 and patch.weights is None)


def kinds(patch: Patch, stage: Stage) -> list[NumberKind]:
    """Return the numbers of a window in the order of the arithmetic: values, weights, terms."""
    found = [NumberKind("values", "", patch.values)]
    if patch.weights is not None:
        found.append(NumberKind("weights", "*", patch.weights, padding=True))
    if patch.terms is not None:
        found.append(NumberKind(stage.term, "->" if patch.weights is None else "=", patch.terms))
    return found


def channels(patch: Patch, most: int = CHANNELS) -> Shown:
    """Choose the channels to draw: all if they are few, else those that add the most, or hold what was chosen.

    Args:
        patch: A window.
        most: As many are few; where there are more, one less is drawn, for the line about the others.
    """
    count = len(patch.channels)
    if count <= most:
        return Shown(tuple(range(count)), 0, None)
    sums = patch.channel_sums
    order = np.argsort(-np.nan_to_num(np.abs(sums), nan=np.inf), kind="stable").tolist()
    if patch.chosen is not None:
        order = [patch.chosen[2], *(channel for channel in order if channel != patch.chosen[2])]
    kept = sorted(order[: max(most - 1, 1)])
    rest = None if patch.terms is None else float(np.delete(sums, kept).sum())
    return Shown(tuple(kept), count - len(kept), rest)


def label(patch: Patch, place: int) -> str:
    """Name a channel of a patch by its place in there; one that is read more than once, by that place too."""
    channel = patch.channels[place]
    return f"channel {channel}" if patch.channels.count(channel) == 1 else f"number {place}: channel {channel}"


def listing(patch: Patch, most: int = LISTED, slack: int = 4) -> Listing:
    """List the numbers of a patch: all in order if they are few, else the strongest; what was chosen in any case.

    Args:
        patch: What is read.
        most: Numbers that are listed where they are too many.
        slack: How many more are not too many.
    """
    inside = np.broadcast_to(patch.inside[:, :, None], patch.values.shape)
    count = int(inside.sum())
    if count <= most + slack:
        places = [(int(i), int(j), int(k)) for i, j, k in np.argwhere(inside)]
    else:
        # What may win is strong by its size, what is summed by its magnitude.
        wins = patch.terms is None and patch.chosen is not None
        keys = patch.values if wins else np.abs(patch.values if patch.terms is None else patch.terms)
        places = _largest(keys, inside, most)
        if patch.chosen is not None and patch.chosen not in places:
            places = [patch.chosen, *places[:-1]]
    entries = tuple(_entry(patch, place) for place in places)
    left_out = count - len(entries)
    if patch.terms is None or not left_out:
        return Listing(entries, left_out, None)
    shown = sum(entry.term for entry in entries if entry.term is not None)
    return Listing(entries, left_out, float(patch.terms[inside].sum()) - shown)


def summands(stage: Stage) -> Sequence[float] | None:
    """Return the sums of the channels that make up the stage's sum, if they are worth a line."""
    patch = stage.patches[0]
    if patch.weights is None or not stage.steps or not 1 < len(patch.channels) <= CHANNELS:
        return None
    return [float(number) for number in patch.channel_sums] if patch.inside.size > 1 else None


def _largest(keys: Numbers, inside: NDArray[np.bool_], most: int) -> list[tuple[int, int, int]]:
    """Return the places of the largest keys in order, the first ones among equals; NaN counts as larger than all."""
    flat = np.where(inside, np.where(np.isnan(keys), np.inf, keys), -np.inf).reshape(-1)
    least = np.partition(flat, -most)[-most]
    found = np.flatnonzero(flat >= least)
    order = found[np.argsort(-flat[found], kind="stable")][:most]
    return [(int(i), int(j), int(k)) for i, j, k in zip(*np.unravel_index(order, keys.shape), strict=True)]


def _entry(patch: Patch, at: tuple[int, int, int]) -> Operand:
    row, column, channel = at
    return Operand(
        patch.rows[row],
        patch.columns[column],
        patch.channels[channel],
        float(patch.values[at]),
        None if patch.weights is None else float(patch.weights[at]),
        None if patch.terms is None else float(patch.terms[at]),
        at == patch.chosen,
    )
