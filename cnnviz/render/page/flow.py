"""The stack from the input to the last layer: a card for each, and the tracks that lead from card to card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import UNSET

from cnnviz.render.kit.numbers import percent, range_text
from cnnviz.render.page.lanes import Station, lay_out
from cnnviz.render.page.model import PageLayer
from cnnviz.render.page.packing import Packed
from cnnviz.render.page.tiles import MapTile
from cnnviz.render.report import wording
from cnnviz.render.report.model import LayerReport, Report
from cnnviz.stack.graph import INPUT, Node
from cnnviz.wording import shape_text

_LANE = 18
"""Pixels from one track to the next."""

_STOP = 22
"""Pixels from the top of a card to the middle of its title, where the layer's station lies."""

_COLOURS = 6


class Card(msgspec.Struct, frozen=True):
    """A layer in words and small pictures.

    Attributes:
        name: Its name.
        type: Its kind; empty for the input.
        pictures: Its first maps, each with what it shows.
        facts: What is said of it, each with its title.
        reads: What it reads, if that is not just the layer before.
        formula: How its height and width come about.
        notes: Findings.
        curves: Where tracks change lanes above it: colour and path.
        lines: Where they go on below: colour and horizontal place.
        stop: Its own track: colour and horizontal place.
    """

    name: str
    type: str
    pictures: tuple[tuple[MapTile, str], ...]
    facts: tuple[tuple[str, str], ...]
    reads: str = ""
    formula: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    curves: tuple[tuple[int, str], ...] = ()
    lines: tuple[tuple[int, int], ...] = ()
    stop: tuple[int, int] = (0, 0)


def cards(
    report: Report, nodes: Sequence[Node], layers: Mapping[str, PageLayer], inputs: Sequence[Sequence[int]]
) -> tuple[list[Card], int]:
    """Describe the input and every layer.

    Args:
        report: What a run found out.
        nodes: The layers.
        layers: What is shown of the input and of each layer, by name.
        inputs: The numbers of what each of them reads.

    Returns:
        The cards, and the pixels that the tracks are wide.
    """
    stations = lay_out(inputs)
    found = [Card(INPUT, "", _pictures(INPUT, layers[INPUT]), (("shape", shape_text(report.input.shape)),))]
    for node, layer in zip(nodes, report.layers, strict=True):
        before = found[-1].name
        found.append(
            Card(
                name=layer.name,
                type=layer.type,
                pictures=_pictures(layer.name, layers[layer.name]),
                facts=tuple(_facts(node, layer, layers[layer.name].packed)),
                reads="" if layer.inputs == (before,) else ", ".join(layer.inputs),
                formula=tuple(f"{axis} {text}" for axis, text in zip(("height", "width"), layer.formula, strict=False)),
                notes=() if layer.notes is UNSET else tuple(layer.notes),
            )
        )
    widest = max(max(station.lane, *station.leaves, 0) for station in stations)
    return [_on_tracks(one, station) for one, station in zip(found, stations, strict=True)], _LANE * (1 + widest)


def _facts(node: Node, layer: LayerReport, packed: Packed | None) -> Iterator[tuple[str, str]]:
    yield "shape", shape_text(layer.output_shape)
    if layer.params:
        yield "parameters", f"{layer.params:,}" + (", from a file" if layer.weights == "file" else "")
    activation = getattr(node.layer, "activation", None)
    if activation and not node.layer.bends:
        yield "activation", activation
    sees = layer.receptive_field
    yield "sees", "the whole input" if sees.stride is None else f"{wording.sees(sees)} of the input"
    if layer.stats is not UNSET:
        yield "range", _ends(layer.stats.min, layer.stats.max, packed)
        yield "zeros", percent(layer.stats.zero_fraction)


def _ends(low: float | None, high: float | None, packed: Packed | None) -> str:
    """Write a range to the digits that the page has of the layer's values."""
    if low is None or high is None:
        return range_text((low, high))
    texts = [f"{end:.9g}" if packed is None or packed.exact else packed.unit.written(end) for end in (low, high)]
    return f"constant {texts[0]}" if low == high else " to ".join(texts)


def _pictures(name: str, layer: PageLayer) -> tuple[tuple[MapTile, str], ...]:
    if name == INPUT and layer.is_picture:
        return tuple((tile, "the picture that enters") for tile in layer.card)
    return tuple((tile, f"{name}, map {number}") for number, tile in enumerate(layer.card))


def _on_tracks(card: Card, station: Station) -> Card:
    ways = [*station.tracks, *((lane, station.lane) for lane in station.enters)]
    # A way has the colour of the lane that is not the main one, so that a branch keeps its own until it joins.
    return msgspec.structs.replace(
        card,
        curves=tuple((max(way) % _COLOURS, _curve(*way)) for way in ways),
        lines=tuple((lane % _COLOURS, _at(lane)) for lane in station.leaves),
        stop=(station.lane % _COLOURS, _at(station.lane)),
    )


def _curve(start: int, end: int) -> str:
    return f"M{_at(start)} 0C{_at(start)} {_STOP * 2 // 3} {_at(end)} {_STOP // 3} {_at(end)} {_STOP}"


def _at(lane: int) -> int:
    return _LANE // 2 + lane * _LANE
