"""The page's text: cards that are readable as they are, and the values, which its script shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup
from msgspec import UNSET, to_builtins

from cnnviz.io.docstrings import docstring
from cnnviz.layers.base import Shape
from cnnviz.layers.reading import Along, Listed, Reads, Rearranged
from cnnviz.ops.sliding import Window
from cnnviz.render.diagram.model import parts_of
from cnnviz.render.diagram.strip import strip_of
from cnnviz.render.kit.colormap import Table
from cnnviz.render.kit.html import inlined, template
from cnnviz.render.page.editing import changeable
from cnnviz.render.page.flow import cards
from cnnviz.render.page.model import PageClasses, PageLayer
from cnnviz.render.report import wording
from cnnviz.render.report.model import LayerReport, Report
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.network import Network

_SCRIPTS = (
    *("numbers.js", "data.js", "geometry.js", "draw.js", "view.js", "arithmetic.js", "explain.js", "products.js"),
    *("edit_activations.js", "edit_window.js", "edit_compute.js", "edit_layer.js", "edit_yaml.js", "edit_state.js"),
    *("edit_fields.js", "edit_views.js", "edit.js", "strip.js"),
    *("panels.js", "desk.js", "stage.js", "maps.js", "slides.js", "main.js"),
)


def to_html(
    network: Network,
    report: Report,
    layers: Mapping[str, PageLayer],
    classes: PageClasses,
    scale: str,
    table: Table | None,
    version: str,
) -> bytes:
    """Write the page.

    Args:
        network: The network that ran.
        report: What a run found out.
        layers: What is shown of the input and of each layer, by name, in order.
        classes: Where the stack has numbers of classes, and what was recognised.
        scale: What range the pictures are drawn with, as `--scale-by` has it.
        table: Colours of the pictures, `(256, 3)`; None for gray.
        version: Version of cnnviz.
    """
    nodes, spec = network.nodes, network.stack.input
    numbers = {name: number for number, name in enumerate(layers)}
    inputs = [(), *([numbers[name] for name in node.layer.inputs] for node in nodes)]
    is_plain = spec.scale == 1 and spec.mean is None and spec.std is None
    model = {
        "name": report.name,
        "file": report.input.file,
        "scale": scale,
        "table": None if table is None else table.tobytes().hex(),
        "color": spec.color,
        "single": network.dtype.itemsize == 4,
        "isPicture": layers[INPUT].is_picture,
        "normalise": None if is_plain else {"scale": spec.scale, "mean": spec.mean, "std": spec.std},
        "classes": classes.names,
        "shares": classes.shares,
        "classLayers": [numbers[name] for name in classes.layers],
        "layers": [
            _layer(layers[INPUT], {"name": INPUT, "type": "", "called": "", "shape": report.input.shape, "inputs": ()}),
            *(
                _layer(
                    layers[of.name],
                    {"name": of.name, "type": of.type, "called": of.kind_in_words}
                    | {"shape": of.output_shape, "inputs": inputs[node.index]},
                )
                | _computed(node, of, layers[of.name])
                for node, of in zip(nodes, report.layers, strict=True)
            ),
        ],
    }
    found = cards(report, nodes, layers, inputs)
    # Piece by piece: one word that is not ASCII would make all of the text, values and all, twice as large.
    pieces = template(__package__).generate(
        report=report,
        about=wording.about(report),
        params=f"{report.totals.params:,}",
        macs=f"{report.totals.macs:,}",
        version=version,
        cards=found,
        strip=strip_of(parts_of(spec, nodes, network.input_shape)),
        recognised=classes.bars,
        width=max(card["station"].width for card in found),
        # No text in it can end the element that it stands in.
        model=Markup(
            json.dumps(model, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
        ),
        blobs=_blobs(layers.values()),
        **inlined(__package__, _SCRIPTS),
    )
    return b"".join(piece.encode(errors="backslashreplace") for piece in pieces)


def _layer(layer: PageLayer, data: dict[str, Any]) -> dict[str, Any]:
    """Return what the script must know of the input or a layer."""
    packed, kernel = layer.packed, layer.kernel
    data |= {
        "step": layer.share.step,
        "maps": layer.share.maps if packed else 0,
        "mapRanges": layer.map_ranges,
        "constants": layer.constants,
        "rule": layer.rule,
    }
    if packed is not None:
        data["packed"] = {
            "bits": packed.bits,
            "unit": to_builtins(packed.unit),
            "low": packed.low,
            "high": packed.high,
            "anchored": packed.anchored,
            "exact": packed.exact,
        }
    if layer.drawn_ranges is not None:
        data["drawnRanges"] = layer.drawn_ranges
    for key, found in (("histogram", layer.histogram), ("before", layer.before), ("terms", layer.terms)):
        if found is not None:
            data[key] = to_builtins(found)
    if kernel is not None:
        data["kernel"] = {
            "here": kernel.data is not None,
            "shape": kernel.shape,
            "whole": kernel.whole,
            "bias": kernel.bias,
            "magnitude": kernel.magnitude,
        }
    return data


def _computed(node: Node, report: LayerReport, layer: PageLayer) -> dict[str, Any]:
    """Return what the script must know of how a layer comes about."""
    stats = report.stats
    edit = changeable(node, layer.rule["kind"], report.weights == "file")
    return ({} if edit is None else {"edit": edit}) | {
        "range": None if stats is UNSET else (stats.min, stats.max),
        # For each input and axis how it follows one of the output; None for all of it.
        "reads": [_read(read, node.output_shape) for read in node.layer.reads(*node.input_shapes)],
        "formula": report.formula,
        "border": layer.border,
        "words": docstring(type(node.layer)).partition("\n\n")[0].replace("\n", " "),
        "activation": getattr(node.layer, "activation", None),
    }


def _read(read: Reads | Rearranged | None, output_shape: Shape) -> Any:
    if isinstance(read, Rearranged):
        return {"parts": read.parts, "order": read.order}
    return read and [_along(along, output_shape) for along in read]


def _along(along: Along | None, output_shape: Shape) -> dict[str, Any] | None:
    if along is None:
        return None
    by = along.by
    if isinstance(by, Window):
        return {"axis": along.axis, "window": (by.size, by.stride, by.start, by.dilation, by.spacing)}
    if isinstance(by, Listed):
        found = map(by.find, range(output_shape[along.axis]))
        return {"axis": along.axis, "listed": [(places.start, places.stop) for places in found]}
    return {"axis": along.axis, **by._asdict()}


def _blobs(layers: Iterable[PageLayer]) -> list[tuple[str, Markup]]:
    """Return the values as text, deflated, in one stream or several, each with its id."""
    found = []
    for number, layer in enumerate(layers):
        packed, kernel = layer.packed, layer.kernel
        parts = [] if packed is None else [("levels", packed.levels), ("units", packed.units)]
        parts += [("kernel", (kernel.data,))] if kernel and kernel.data else []
        for kind, streams in parts:
            text = b" ".join(base64.b64encode(stream()) for stream in streams)
            found.append((f"{kind}-{number}", Markup(text.decode())))
    return found
