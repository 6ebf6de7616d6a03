"""Parts of a network that come again and again: drawn once, with how often they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.render.diagram.chains import Chain
from cnnviz.render.diagram.model import Part

_LONGEST = 12
"""Sections of a repeated part, at most."""

_LEAST = 2
"""Boxes that folding must save."""


class Repeat(NamedTuple):
    """A part that is drawn once for several.

    Attributes:
        first: Number of its first chain, of those that are drawn.
        last: Number of its last one.
        times: How often it comes.
        hidden: The chains that are not drawn, in order.
    """

    first: int
    last: int
    times: int
    hidden: tuple[Chain, ...]


class Folded(NamedTuple):
    """A network with what repeats drawn once.

    Attributes:
        chains: What is drawn; their inputs are numbers in this list.
        repeats: What of it stands for more than itself.
    """

    chains: list[Chain]
    repeats: list[Repeat]


def fold(chains: Sequence[Chain]) -> Folded:
    """Leave out what looks like the part before it, part by part.

    A part is a row of sections, each of which nothing but one tensor enters and leaves; two are alike if they say the
    same and give maps of the same size. Their numbers of maps may differ where these only grow, as in a DenseNet.
    """
    sections = _sections(chains)
    signs = [_signature(chains, section) for section in sections]
    kept: list[Chain] = []
    homes: dict[int, int] = {}
    repeats: list[Repeat] = []
    at = 0
    while at < len(sections):
        period, times = _best_period(signs, sections, at)
        first = len(kept)
        for section in sections[at : at + period]:
            for number in section:
                homes[number] = len(kept)
                kept.append(_moved(chains[number], homes))
        hidden = [number for section in sections[at + period : at + period * times] for number in section]
        if hidden:
            repeats.append(Repeat(first, len(kept) - 1, times, tuple(chains[number] for number in hidden)))
            # Who reads the last of them reads the last that is drawn.
            homes |= {number: first + place % (len(kept) - first) for place, number in enumerate(hidden)}
        at += period * times
    return Folded(kept, repeats)


def _moved(chain: Chain, homes: dict[int, int]) -> Chain:
    return chain._replace(inputs=tuple(dict.fromkeys(homes[source] for source in chain.inputs)))


def _sections(chains: Sequence[Chain]) -> list[range]:
    """Cut where a single tensor is alive: after each chain that all later ones follow from."""
    last = list(range(len(chains)))
    for number, chain in enumerate(chains):
        for source in chain.inputs:
            last[source] = number
    ends = []
    reach = 0
    for number, until in enumerate(last):
        if reach <= number:
            ends.append(number)
        reach = max(reach, until)
    if ends[-1] < len(chains) - 1:
        ends.append(len(chains) - 1)
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [range(start, end + 1) for start, end in zip(starts, ends, strict=True)]


def _signature(chains: Sequence[Chain], section: range) -> tuple[object, ...]:
    return tuple(
        (
            tuple((part.kind, part.facts, part.shape if _decides(part) else part.shape[:-1]) for part in chain.parts),
            tuple(number - source for source in chain.inputs),
        )
        for number, chain in ((number, chains[number]) for number in section)
    )


def _decides(part: Part) -> bool:
    """Tell whether it is for the layer to say how many maps it gives."""
    return part.family in ("convolution", "dense") and part.kind != "DepthwiseConv2D"


def _best_period(signs: Sequence[object], sections: Sequence[range], at: int) -> tuple[int, int]:
    """Return how many sections make the part that begins here, and how often it comes."""
    best, most = (1, 1), _LEAST - 1
    for period in range(1, min(_LONGEST, (len(signs) - at) // 2) + 1):
        times = 1
        part = signs[at : at + period]
        while signs[at + period * times : at + period * (times + 1)] == part:
            times += 1
        saved = sum(map(len, sections[at + period : at + period * times]))
        if saved > most:
            best, most = (period, times), saved
    return best
