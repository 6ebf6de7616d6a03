"""Normalisations of a weights file that a stack passes over: without them its other weights mean something else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class StoredLayer(NamedTuple):
    """A layer of a weights file.

    Attributes:
        name: What messages call it.
        parent: The module or model that it lies in.
        channels: How many channels it gives, or normalises; None where that does not matter.
        taken: Whether a layer of the stack takes its weights.
        normalises: Whether it normalises by means and variances that it has gathered.
    """

    name: str
    parent: object
    channels: int | None
    taken: bool
    normalises: bool


def passed_over(layers: Iterable[StoredLayer]) -> list[str]:
    """Name the normalisations that no layer takes, though one before it in the same module and one behind it are taken.

    So it is where an exporter has worked them into the convolutions before them. A stack that ends before a
    normalisation takes nothing behind it.

    Args:
        layers: In the file's order.
    """
    before: set[tuple[object, int | None]] = set()
    waiting: list[str] = []
    found: list[str] = []
    for layer in layers:
        if layer.taken:
            found += waiting
            waiting.clear()
            before.add((layer.parent, layer.channels))
        elif layer.normalises and (layer.parent, layer.channels) in before:
            waiting.append(layer.name)
    return found


def complaint(names: str) -> str:
    """Say what is wrong and what to do.

    Args:
        names: The normalisations, as a list.
    """
    return (
        f"it normalises by {names} between layers whose weights the stack takes, and the stack does not: it would "
        "compute something else. Leave --weights out if the stack's own weights have the normalisations worked in, or "
        "give the stack BatchNormalization layers of these names"
    )
