"""The stack as a railway: every layer at a station, every tensor that is still needed on a track of its own."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

_LANE = 18
"""Pixels from one track to the next."""

_STOP = 22
"""Pixels from the top of a card to the middle of its title, where the layer's station lies."""

_COLOURS = 6


class Station(msgspec.Struct, frozen=True):
    """A row of the drawing.

    Attributes:
        lane: The layer's own, counted from the left.
        tracks: From lane to lane, between the row above and this one, passing by.
        enters: The lanes in the row above that end in this layer.
        leaves: The lanes that go on below this row.
    """

    lane: int
    tracks: tuple[tuple[int, int], ...]
    enters: tuple[int, ...]
    leaves: tuple[int, ...]

    @property
    def curves(self) -> list[tuple[int, str]]:
        """The color and path of each track that changes lanes above the stop."""
        ways = [*self.tracks, *((lane, self.lane) for lane in self.enters)]
        # A way has the colour of the lane that is not the main one, so that a branch keeps its own until it joins.
        return [(max(way) % _COLOURS, _curve(*map(_at, way))) for way in ways]

    @property
    def lines(self) -> list[tuple[int, int]]:
        """The color and horizontal place of each track that goes on below."""
        return [(lane % _COLOURS, _at(lane)) for lane in self.leaves]

    @property
    def stop(self) -> tuple[int, int]:
        """The color and horizontal place of the layer's own track."""
        return self.lane % _COLOURS, _at(self.lane)

    @property
    def width(self) -> int:
        """Pixels that the tracks are wide."""
        return _LANE * (1 + max(self.lane, *self.leaves, 0))


def lay_out(inputs: Sequence[Sequence[int]]) -> list[Station]:
    """Lay tracks for layers in order.

    A layer goes on the leftmost track of those that it reads. If that tensor is read again later, it moves over.

    Args:
        inputs: The numbers of what each layer reads, smaller than its own; none for the input, which is number 0.
    """
    last = {source: row for row, sources in enumerate(inputs) for source in sources}
    above: dict[int, int] = {}
    stations = []
    for row, sources in enumerate(inputs):
        enters = tuple(dict.fromkeys(above[source] for source in sources))
        lane = min(enters, default=0)
        below = {source: at for source, at in above.items() if last[source] > row}
        tracks = []
        for source, at in list(below.items()):
            if at == lane:
                taken = {lane, *(other for key, other in below.items() if key != source)}
                below[source] = next(free for free in range(len(taken) + 1) if free not in taken)
            tracks.append((at, below[source]))
        if last.get(row, 0) > row:
            below[row] = lane
        stations.append(Station(lane, tuple(tracks), enters, tuple(sorted(below.values()))))
        above = below
    return stations


def _curve(start: int, end: int) -> str:
    return f"M{start} 0C{start} {_STOP * 2 // 3} {end} {_STOP // 3} {end} {_STOP}"


def _at(lane: int) -> int:
    return _LANE // 2 + lane * _LANE
