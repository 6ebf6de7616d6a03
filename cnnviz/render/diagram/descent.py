"""Networks that shrink maps, enlarge them again and join both halves: drawn as a U."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cnnviz.render.diagram.chains import Chain
from cnnviz.render.diagram.layered.model import Item, Spacing


def shaped_as_u(chains: Sequence[Chain], items: Sequence[Item], spacing: Spacing) -> list[Item] | None:
    """Put boxes of smaller maps further from the first axis, so that what joins the halves runs free of them.

    Args:
        chains: What each box holds.
        items: The boxes.
        spacing: Room that is left free.

    Returns:
        The boxes on axes of their own; None if the network has another form.
    """
    heights = _heights(chains)
    if not any(_joins_halves(chains, heights, number) for number in range(len(chains))):
        return None
    # What enlarges maps lies where the smaller ones are: beside what joins them with the first half, it would be in
    # the way.
    places = [
        heights[chain.inputs[0]] if len(chain.inputs) == 1 and heights[chain.inputs[0]] < height else height
        for chain, height in zip(chains, heights, strict=True)
    ]
    sizes = sorted(set(places), reverse=True)
    axes = {sizes[0]: 0.0}
    for larger, smaller in pairwise(sizes):
        here = [item.above for item, place in zip(items, places, strict=True) if place == smaller]
        axes[smaller] = axes[larger] - max(here) - spacing.lane - spacing.apart
    return [item._replace(axis=axes[place]) for item, place in zip(items, places, strict=True)]


def _heights(chains: Sequence[Chain]) -> list[int]:
    """Return the height of every chain's maps; of a vector that of the maps before."""
    found: list[int] = []
    for chain in chains:
        shape = chain.last.shape
        found.append(shape[0] if len(shape) == 3 else found[chain.inputs[0]] if chain.inputs else 1)
    return found


def _joins_halves(chains: Sequence[Chain], heights: Sequence[int], number: int) -> bool:
    """Tell whether a box reads another of the same size from before maps were shrunk and enlarged again."""
    return any(
        heights[source] == heights[number]
        and any(
            len(chains[between].inputs) == 1
            and heights[chains[between].inputs[0]] < heights[between] <= heights[number]
            and chains[between].inputs[0] > source
            for between in range(source + 1, number)
        )
        for source in chains[number].inputs
    )
