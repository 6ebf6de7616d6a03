"""The levels one after the other: how long each is, where the flow may be broken, and how large rows of it are."""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.render.diagram.layered.levels import Levels
from cnnviz.render.diagram.layered.model import Frame, Item, Spacing

_WIDEST = 70.0
"""What a gap is stretched by, at most."""


class Flow:
    """Levels along the flow.

    Attributes:
        levels: The cells, in order.
        items: The boxes.
        across: Where each cell lies across the flow.
        frames: What is framed.
        spacing: Room that is left free.
        lengths: How long each level is.
        gaps: How long each gap is: the first before the second level.
        spans: The first and the last level of each frame.
    """

    def __init__(
        self,
        levels: Levels,
        items: Sequence[Item],
        across: list[list[float]],
        frames: Sequence[Frame],
        spacing: Spacing,
    ) -> None:
        self.levels, self.items, self.across, self.frames, self.spacing = levels, items, across, frames, spacing
        self.level_of = {cell.source: at for at, cells in enumerate(levels.cells) for cell in cells if not cell.passes}
        self.lengths = [max(items[cell.source].length for cell in cells if not cell.passes) for cells in levels.cells]
        self.spans = [(self.level_of[frame.first], self.level_of[frame.last]) for frame in frames]
        borders = [edge for first, last in self.spans for edge in (first - 1, last)]
        self.gaps = [
            spacing.gap + self._stretch(gap) + spacing.frame * borders.count(gap) for gap in range(len(levels.steps))
        ]

    def crossing(self, gap: int) -> list[int]:
        """Return the places in the level before a gap of all that leads into it, in order."""
        return sorted({before for before, _ in self.levels.steps[gap]})

    def sections(self, most: int = 1) -> list[range]:
        """Return the levels between two places where the flow may be broken.

        Args:
            most: How many ways may lead on from a row to the next.
        """
        starts = [0]
        for gap in range(len(self.levels.steps)):
            is_framed = any(first <= gap < last for first, last in self.spans)
            if len(self.crossing(gap)) <= most and not is_framed:
                starts.append(gap + 1)
        return [range(start, end) for start, end in zip(starts, [*starts[1:], len(self.lengths)], strict=True)]

    def length_of(self, levels: range) -> float:
        """Return how long some levels are, with the gap before each."""
        return sum(self.lengths[at] + (self.gaps[at - 1] if at else 0) for at in levels)

    def extent(self, levels: range) -> tuple[float, float]:
        """Return how far some levels reach to either side."""
        ends = [self.level_extent(at) for at in levels]
        if levels.start:
            # Where the ways from the row before enter.
            enters = [self.across[levels.start - 1][place] for place in self.crossing(levels.start - 1)]
            ends.append((enters[0] - self.spacing.lane, enters[-1] + self.spacing.lane))
        low, high = min(end for end, _ in ends), max(end for _, end in ends)
        for first, last in self.spans:
            if levels.start <= first < levels.stop:
                below, above = self.frame_extent(first, last)
                low, high = min(low, below), max(high, above + self.spacing.label)
        return low, high

    def level_extent(self, at: int) -> tuple[float, float]:
        """Return how far a level reaches to either side."""
        low, high = [], []
        for cell, place in zip(self.levels.cells[at], self.across[at], strict=True):
            item = self.items[cell.source]
            low.append(place - (self.spacing.lane if cell.passes else item.below))
            high.append(place + (self.spacing.lane if cell.passes else item.above))
        return min(low), max(high)

    def frame_extent(self, first: int, last: int) -> tuple[float, float]:
        """Return how far a frame reaches to either side."""
        ends = [self.level_extent(at) for at in range(first, last + 1)]
        return min(low for low, _ in ends) - self.spacing.frame, max(high for _, high in ends) + self.spacing.frame

    def gutter(self, row: range) -> float:
        """Return the room before a row for all ways that lead to it from the row before."""
        return self.spacing.gutter + 2 * self.spacing.lane * (len(self.crossing(row.start - 1)) - 1)

    def margin(self, rows: Sequence[range]) -> float:
        """Return the room before and after rows, in which the flow turns."""
        return (self.spacing.frame if self.frames else 0.0) + max(map(self.gutter, rows[1:]), default=0.0)

    def size(self, rows: Sequence[range]) -> tuple[float, float]:
        """Return the length of the longest of some rows, and the breadth of all together."""
        longest = max(self.length_of(row) for row in rows)
        breadth = sum(high - low for low, high in map(self.extent, rows))
        return longest + 2 * self.margin(rows), breadth + sum(map(self.gutter, rows[1:]))

    def _stretch(self, gap: int) -> float:
        aside = [
            abs(self.across[gap][before] - self.across[gap + 1][after]) for before, after in self.levels.steps[gap]
        ]
        return min(max(aside) * self.spacing.stretch, _WIDEST)
