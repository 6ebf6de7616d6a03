"""The style `graph`: a box of words for each layer, from the top downwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnviz.render.diagram.chains import Chain
from cnnviz.render.diagram.layered.model import Item
from cnnviz.render.diagram.marks import Group, Mark, Outline, Words, rectangle, shortened, width_of
from cnnviz.render.diagram.model import Part
from cnnviz.render.kit.canvas import Box
from cnnviz.wording import shape_text

_HEAD, _SMALL = 15.0, 12.5
_PAD, _GAP = 10.0, 12.0
_FIRST, _SECOND, _FOLLOWING = 23.0, 18.0, 20.0
_EDGE = 5.0
"""Above the first line and below the second."""
_NARROWEST, _WIDEST = 150.0, 380.0
_SHORT, _LONG = 110.0, 190.0
"""Room of a name, where boxes are side by side and where they are not; a longer one may be cut."""
_SLACK = 1.0
"""What words that fit exactly have more."""
_MANY = 3
"""Boxes that read the same from which on each is as narrow as its words."""
_RADIUS = 5.0


class Boxes:
    """The boxes of a network.

    Args:
        chains: What each box holds.
        costs: Whether parameters and multiply-accumulates are written, too.
    """

    downwards = True

    def __init__(self, chains: Sequence[Chain], costs: bool) -> None:
        self._chains, self._costs = chains, costs
        readers = [sum(number in chain.inputs for chain in chains) for number in range(len(chains))]
        is_crowded = max(readers) >= _MANY
        self._name = _SHORT if is_crowded else _LONG
        widths = [min(max(2 * _PAD + _SLACK + max(self._widths(chain)), _NARROWEST), _WIDEST) for chain in chains]
        # All alike is quiet to look at; side by side, there is no room for that.
        self._sizes = widths if is_crowded else [max(widths)] * len(widths)

    def items(self) -> list[Item]:
        """Return how large each box is."""
        return [
            Item(self._height(chain), width / 2, width / 2)
            for chain, width in zip(self._chains, self._sizes, strict=True)
        ]

    def draw(self, number: int, box: Box) -> Iterator[Group]:
        """Draw a box, a group for each of its layers.

        Args:
            number: The chain's.
            box: Where to.
        """
        chain = self._chains[number]
        top = box.top
        for part in chain.parts:
            height = self._head(part) if part is chain.first else _FOLLOWING
            place = Box(box.left, top, box.width, height)
            words = self._first_words(chain, place) if part is chain.first else self._following_words(part, place)
            marks: list[Mark] = [rectangle(place, part.family, f"{part.family}-line", 0, 1)]
            if len(chain.parts) == 1:
                marks = [rectangle(place, part.family, f"{part.family}-line", _RADIUS, 1)]
            yield Group(part.title, (*marks, *words), part.name)
            top += height

    def _height(self, chain: Chain) -> float:
        return self._head(chain.first) + _FOLLOWING * (len(chain.parts) - 1)

    def _head(self, part: Part) -> float:
        return _FIRST + _SECOND * (2 if self._costs and part.costs else 1) + 2 * _EDGE

    def _widths(self, chain: Chain) -> Iterator[float]:
        first = chain.first
        yield sum(width_of(text, _HEAD, bold) for text, bold in _heading(first)) + _GAP / 2
        yield min(width_of(first.name, _SMALL), self._name) + _GAP + width_of(shape_text(first.shape), _SMALL)
        yield width_of(first.costs, _SMALL) if self._costs else 0.0
        for part in chain.parts[1:]:
            yield width_of(_following(part), _SMALL) + _GAP + min(width_of(part.name, _SMALL), self._name)

    def _first_words(self, chain: Chain, box: Box) -> Iterator[Words]:
        part = chain.first
        left, right = box.left + _PAD, box.right - _PAD
        y = box.top + _EDGE + _FIRST / 2
        (kind, _), (facts, _) = _heading(part)
        kind = shortened(kind, right - left, _HEAD, True)
        yield Words(left, y, kind, _HEAD, "ink", True)
        after = left + width_of(kind, _HEAD, True) + _GAP / 2
        if facts := shortened(facts, right - after, _HEAD):
            yield Words(after, y, facts, _HEAD)
        y += _FIRST / 2 + _SECOND / 2
        shape = shape_text(part.shape)
        if part.kind and (name := shortened(part.name, right - left - _GAP - width_of(shape, _SMALL), _SMALL)):
            yield Words(left, y, name, _SMALL, "faint")
        yield Words(right if part.kind else left, y, shape, _SMALL, "ink", False, "end" if part.kind else "start")
        if self._costs and part.costs:
            yield Words(left, y + _SECOND, shortened(part.costs, right - left, _SMALL), _SMALL, "faint")

    def _following_words(self, part: Part, box: Box) -> Iterator[Words]:
        left, right = box.left + _PAD, box.right - _PAD
        y = box.top + box.height / 2
        text = shortened(_following(part), right - left, _SMALL)
        yield Words(left, y, text, _SMALL)
        room = right - left - width_of(text, _SMALL) - _GAP
        if name := shortened(part.name, room, _SMALL):
            yield Words(right, y, name, _SMALL, "faint", False, "end")


def _heading(part: Part) -> tuple[tuple[str, bool], tuple[str, bool]]:
    return (part.kind or part.name, True), (", ".join(part.facts), False)


def _following(part: Part) -> str:
    return " ".join([part.kind, ", ".join(part.facts)]).strip()


def frame_outline(box: Box) -> Outline:
    """Return the line around a part that repeats."""
    return rectangle(box, "", "frame", 10, 1.5)._replace(dashed=True)
