"""The style `blocks`: what each layer gives as a block to scale, from the left to the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnviz.render.diagram.chains import Chain
from cnnviz.render.diagram.layered.model import Item
from cnnviz.render.diagram.marks import (
    Group,
    Mark,
    Outline,
    Point,
    Words,
    circle,
    polygon,
    rectangle,
    shortened,
    width_of,
)
from cnnviz.render.diagram.measures import Measures
from cnnviz.render.diagram.model import Part
from cnnviz.render.kit.canvas import Box
from cnnviz.wording import shape_text

_LETTERS, _SMALL = 13.0, 11.5
_LINE, _SMALL_LINE = 17.0, 15.0
_NEAR = 7.0
"""Between a block and its words."""
_WIDEST = 150.0
"""Of a line of words; longer ones are cut."""
_LONG = 100.0
"""Of the name of a kind; longer ones take two lines."""
_APART = 8.0
"""Between the words of two blocks."""
_BAND = 6.0
"""How thick what follows in the same block is drawn."""
_VECTOR = 13.0
_SEEN = 5.0
"""How large the window of a kernel must be to be drawn."""
_SYMBOLS = {
    "Add": "+",
    "Multiply": "\N{MULTIPLICATION SIGN}",
    "Subtract": "\N{MINUS SIGN}",
    "Divide": "\N{DIVISION SIGN}",
}
_SYMBOL = 13.0


class Blocks:
    """The blocks of a network.

    Args:
        chains: What each block shows.
        costs: Whether parameters and multiply-accumulates are written, too.
    """

    downwards = False

    def __init__(self, chains: Sequence[Chain], costs: bool) -> None:
        self._chains, self._costs = chains, costs
        self.measures = Measures([chain.last.shape for chain in chains])

    def items(self) -> list[Item]:
        """Return how large each block is, with its words."""
        return [self._item(chain) for chain in self._chains]

    def draw(self, number: int, box: Box) -> Iterator[Group]:
        """Draw a block, a group for each of its layers.

        Args:
            number: The chain's.
            box: Where to, with its words.
        """
        chain = self._chains[number]
        solid = self._solid(chain, box)
        x = box.middle[0]
        first, *others = self._solids(chain, solid)
        marks: list[Mark] = [*first]
        shape = Words(x, solid.top - _NEAR - _LINE / 2, shape_text(chain.last.shape), _LETTERS, "ink", True, "middle")
        marks.append(shape)
        y = solid.bottom + _NEAR
        for text, size, bold in self._lines(chain):
            height = _LINE if size == _LETTERS else _SMALL_LINE
            colour = "ink" if bold else "faint"
            marks.append(Words(x, y + height / 2, text, size, colour, bold, "middle"))
            y += height
        yield Group(chain.first.title, tuple(marks), chain.first.name)
        for part, band in zip(chain.parts[1:], others, strict=True):
            yield Group(part.title, tuple(band), part.name)

    def windows(self, boxes: Sequence[Box]) -> Iterator[Mark]:
        """Draw what a kernel reads at once on the block before it, and lines from there to what it makes of it.

        Args:
            boxes: Where the blocks are, with their words.
        """
        readers: dict[int, int] = {}
        for chain in self._chains:
            for number in chain.inputs:
                readers[number] = readers.get(number, 0) + (chain.first.window is not None)
        for chain, box in zip(self._chains, boxes, strict=True):
            window = chain.first.window
            if window is None or max(window) == 1 or readers[chain.inputs[0]] > 1:
                continue
            source = self._chains[chain.inputs[0]]
            start = self._solid(source, boxes[chain.inputs[0]])
            end = self._solid(chain, box)
            is_beside = end.left > start.right and abs(end.middle[1] - start.middle[1]) < 1
            if len(source.last.shape) == 1 or _symbol(source.first) or not is_beside:
                continue  # nothing to draw it on, or elsewhere
            if corners := self._window_on(source.last, start, window):
                tip = (end.left, end.top + end.height / 2)
                for corner in corners[1:3]:
                    yield Outline(corner, ((tip,),), line="window", width=1)
                yield polygon(corners, "", "window", 1.4)

    def _window_on(self, part: Part, solid: Box, window: tuple[int, int]) -> list[Point]:
        """Return the corners of a kernel's window on the face that a block turns to the next; none if it is tiny."""
        height, width, _ = part.shape
        oblique = self.measures.oblique(width)
        left, top, high = solid.right - oblique, solid.top + oblique, solid.height - oblique
        down, across = (
            self.measures.window(length, of) / self.measures.side(of) / 2
            for length, of in zip(window, (height, width), strict=True)
        )
        if 2 * max(down * high, across * oblique) < _SEEN:
            return []
        return [
            (left + x * oblique, top + y * high - x * oblique)
            for x, y in (
                (0.5 - across, 0.5 - down),
                (0.5 + across, 0.5 - down),
                (0.5 + across, 0.5 + down),
                (0.5 - across, 0.5 + down),
            )
        ]

    def _solid(self, chain: Chain, box: Box) -> Box:
        """Return where a block is, without its words."""
        wide, high = self._size(chain)
        return Box(box.middle[0] - wide / 2, box.top + _NEAR + _LINE, wide, high)

    def _item(self, chain: Chain) -> Item:
        wide, high = self._size(chain)
        lines = self._lines(chain)
        words = max(
            width_of(shape_text(chain.last.shape), _LETTERS, True),
            *(width_of(text, size, bold) for text, size, bold in lines),
        )
        below = high / 2 + _NEAR + sum(_LINE if size == _LETTERS else _SMALL_LINE for _, size, _ in lines)
        return Item(max(wide, words + _APART), below, high / 2 + _NEAR + _LINE, wide)

    def _size(self, chain: Chain) -> tuple[float, float]:
        """Return how wide and high a block is drawn."""
        shape = chain.last.shape
        if _symbol(chain.first):
            return 2 * _SYMBOL + _BAND * (len(chain.parts) - 1), 2 * _SYMBOL
        bands = _BAND * (len(chain.parts) - 1)
        if len(shape) == 1:
            return _VECTOR + bands, self.measures.depth(shape[0])
        oblique = self.measures.oblique(shape[1])
        return self.measures.depth(shape[2]) + bands + oblique, self.measures.side(shape[0]) + oblique

    def _lines(self, chain: Chain) -> list[tuple[str, float, bool]]:
        first = chain.first
        lines = [(line, _LETTERS, True) for line in _broken(first.kind or first.name)]
        lines += [(fact, _SMALL, False) for fact in first.facts]
        for part in chain.parts[1:]:
            kind = "" if part.kind == "Activation" else part.kind
            facts = "" if part.family == "normalization" else ", ".join(part.facts)
            lines.append((f"{kind} {facts}".strip(), _SMALL, False))
        if self._costs:
            lines += [(cost, _SMALL, False) for cost in first.costs.split(", ") if cost]
        return [(shortened(text, _WIDEST, size, bold), size, bold) for text, size, bold in lines]

    def _solids(self, chain: Chain, box: Box) -> Iterator[list[Mark]]:
        """Draw the block itself, and what follows in it as bands at its end."""
        bands = _BAND * (len(chain.parts) - 1)
        shape, first = chain.last.shape, chain.first
        if symbol := _symbol(first):
            x, y = box.left + _SYMBOL, box.middle[1]
            disc = circle(x, y, _SYMBOL, first.family, f"{first.family}-line")
            yield [disc, Words(x, y, symbol, 19.0, "ink", True, "middle")]
            for number, part in enumerate(chain.parts[1:]):
                band = Box(x + _SYMBOL + number * _BAND, box.top + _SYMBOL / 2, _BAND, _SYMBOL)
                yield [rectangle(band, f"{part.family}-shade", f"{part.family}-line", 0, 1)]
            return
        if len(shape) == 1:
            yield [rectangle(Box(box.left, box.top, _VECTOR, box.height), first.family, f"{first.family}-line", 0, 1)]
            for number, part in enumerate(chain.parts[1:]):
                band = Box(box.left + _VECTOR + number * _BAND, box.top, _BAND, box.height)
                yield [rectangle(band, f"{part.family}-shade", f"{part.family}-line", 0, 1)]
            return
        oblique = self.measures.oblique(shape[1])
        thick = box.width - oblique - bands
        yield _cuboid(Box(box.left, box.top + oblique, thick, box.height - oblique), oblique, first)
        for number, part in enumerate(chain.parts[1:]):
            left = box.left + thick + number * _BAND
            yield _cuboid(Box(left, box.top + oblique, _BAND, box.height - oblique), oblique, part)


def _cuboid(front: Box, oblique: float, part: Part) -> list[Mark]:
    """Draw a block as it is seen from the left, from above and from the front."""
    line = f"{part.family}-line"
    left, top, right, bottom = front.left, front.top, front.right, front.bottom
    upper: list[Point] = [(left, top), (left + oblique, top - oblique), (right + oblique, top - oblique), (right, top)]
    side: list[Point] = [
        (right, top),
        (right + oblique, top - oblique),
        (right + oblique, bottom - oblique),
        (right, bottom),
    ]
    return [
        polygon(side, f"{part.family}-shade", line, 1),
        polygon(upper, f"{part.family}-light", line, 1),
        rectangle(front, part.family, line, 0, 1),
    ]


def _broken(kind: str) -> list[str]:
    """Break the name of a kind into two lines before a capital letter, if it is long."""
    if width_of(kind, _LETTERS, True) <= _LONG:
        return [kind]
    cuts = [at for at in range(1, len(kind)) if kind[at].isupper() and kind[at - 1].islower()]
    if not cuts:
        return [kind]
    best = min(cuts, key=lambda at: max(at, len(kind) - at))
    return [kind[:best], kind[best:]]


def _symbol(part: Part) -> str:
    return _SYMBOLS.get(part.kind, "")
