"""The stack from the input to the last layer: a card for each, and the tracks that lead from card to card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import UNSET

from cnnviz.render.kit.numbers import MINUS, percent, range_text
from cnnviz.render.page.lanes import lay_out
from cnnviz.render.page.model import PageLayer
from cnnviz.render.page.tiles import MapTile
from cnnviz.render.report import wording
from cnnviz.render.report.columns import branches
from cnnviz.render.report.model import LayerReport, Report
from cnnviz.stack.graph import INPUT, Node
from cnnviz.wording import shape_text


def cards(
    report: Report, nodes: Sequence[Node], layers: Mapping[str, PageLayer], inputs: Sequence[Sequence[int]]
) -> list[dict[str, Any]]:
    """Describe the input and every layer in words and small pictures, as the template shows them.

    Args:
        report: What a run found out.
        nodes: The layers.
        layers: What is shown of the input and of each layer, by name.
        inputs: The numbers of what each of them reads.
    """
    first, *stations = lay_out(inputs)
    entering: dict[str, Any] = {
        "name": INPUT,
        "type": "",
        "station": first,
        "pictures": _pictures(INPUT, layers[INPUT]),
        "facts": [("shape", shape_text(report.input.shape))],
        "reads": None,
        "formula": (),
        "notes": (),
    }
    reads = branches(report)
    return [
        entering,
        *(
            {
                "name": layer.name,
                "type": layer.kind_in_words,
                "station": station,
                "pictures": _pictures(layer.name, layers[layer.name]),
                "facts": list(_facts(layer)),
                "reads": reads.get(layer.name),
                "formula": list(zip(("height", "width"), layer.formula, strict=False)),
                "notes": layer.notes or (),
            }
            for node, layer, station in zip(nodes, report.layers, stations, strict=True)
        ),
    ]


def _facts(layer: LayerReport) -> Iterator[tuple[str, str]]:
    if layer.source is not UNSET and layer.source != layer.name:
        yield "in the model file", layer.source
    yield "shape", shape_text(layer.output_shape)
    if layer.params:
        yield "parameters", f"{layer.params:,}" + (", from a file" if layer.weights == "file" else "")
    sees = layer.receptive_field
    yield "sees", "the whole input" if sees.stride is None else f"{wording.sees(sees)} of the input"
    if layer.stats is not UNSET:
        yield "range", range_text((layer.stats.min, layer.stats.max)).replace("-", MINUS)
        yield "zeros", percent(layer.stats.zero_fraction)


def _pictures(name: str, layer: PageLayer) -> tuple[tuple[MapTile, str], ...]:
    if name == INPUT and layer.is_picture:
        return tuple((tile, "the picture that enters") for tile in layer.card)
    return tuple((tile, f"{name}, map {number}") for number, tile in enumerate(layer.card))
