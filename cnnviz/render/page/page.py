"""The page's text: cards that are readable as they are, and the values, which its script shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from msgspec import UNSET, to_builtins

from cnnviz.io.docstrings import docstring
from cnnviz.layers.reading import Along
from cnnviz.ops.sliding import Window
from cnnviz.render.kit.colormap import Table
from cnnviz.render.kit.html import inlined, template
from cnnviz.render.kit.numbers import percent
from cnnviz.render.page.flow import cards
from cnnviz.render.page.model import PackedKernel, PageLayer
from cnnviz.render.report import wording
from cnnviz.render.report.model import LayerReport, Report
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.scores import unit_names
from cnnviz.stack.spec import Stack

_SCRIPTS = ("data.js", "geometry.js", "draw.js", "arithmetic.js", "explain.js", "panels.js", "main.js")


def to_html(
    stack: Stack,
    report: Report,
    nodes: Sequence[Node],
    layers: Mapping[str, PageLayer],
    scale: str,
    table: Table | None,
    version: str,
) -> bytes:
    """Write the page.

    Args:
        stack: The stack.
        report: What a run found out.
        nodes: The layers.
        layers: What is shown of the input and of each layer, by name.
        scale: What range the pictures are drawn with, as `--scale-by` has it.
        table: Colours of the pictures, `(256, 3)`; None for gray.
        version: Of cnnviz.
    """
    names = [INPUT, *(node.layer.name for node in nodes)]
    numbers = {name: number for number, name in enumerate(names)}
    inputs = [(), *([numbers[name] for name in node.layer.inputs] for node in nodes)]
    model = {
        "name": report.name,
        "file": report.input.file,
        "scale": scale,
        "table": None if table is None else table.tobytes().hex(),
        "color": stack.input.color,
        "isPicture": layers[INPUT].is_picture,
        "normalise": _normalisation(stack),
        "classes": list(unit_names(stack, report.layers[-1].output_shape)),
        "layers": [
            _layer(None, None, layers[INPUT], report.input.shape, ()),
            *(
                _layer(node, of, layers[of.name], of.output_shape, inputs[node.index])
                for node, of in zip(nodes, report.layers, strict=True)
            ),
        ],
    }
    found, width = cards(report, nodes, layers, inputs)
    text = template(__package__).render(
        report=report,
        about=wording.about(report),
        params=f"{report.totals.params:,}",
        macs=f"{report.totals.macs:,}",
        version=version,
        cards=found,
        width=width,
        model=Markup(_json(model)),
        blobs=_blobs([layers[name] for name in names]),
        **inlined(__package__, _SCRIPTS),
    )
    return text.encode(errors="backslashreplace")


def _layer(
    node: Node | None, report: LayerReport | None, layer: PageLayer, shape: tuple[int, ...], inputs: Sequence[int]
) -> dict[str, Any]:
    """Return what the script must know of a layer."""
    packed, kernel = layer.packed, layer.kernel
    data: dict[str, Any] = {
        "name": INPUT if report is None else report.name,
        "type": "" if report is None else report.type,
        "shape": shape,
        "inputs": list(inputs),
        "step": layer.share.step,
        "maps": layer.share.maps if packed else 0,
        "mapRanges": layer.map_ranges,
        "constants": layer.constants,
        "rule": layer.rule,
    }
    if packed is not None:
        data["packed"] = {
            "width": packed.width,
            "unit": to_builtins(packed.unit),
            "low": packed.low,
            "high": packed.high,
            "anchored": packed.anchored,
            "exact": packed.exact,
        }
    for key, found in (("histogram", layer.histogram), ("before", layer.before), ("terms", layer.terms)):
        if found is not None:
            data[key] = to_builtins(found)
    if kernel is not None:
        data["kernel"] = _kernel(kernel)
    if report is not None and node is not None:
        stats = report.stats
        data |= {
            "nonfinite": stats.nonfinite if stats is not UNSET else 0,
            "range": None if stats is UNSET else (stats.min, stats.max),
            "zeros": None if stats is UNSET else percent(stats.zero_fraction),
            "reads": _reads(node),
            "formula": list(report.formula),
            "border": layer.border,
            "words": docstring(type(node.layer)).partition("\n\n")[0].replace("\n", " "),
            "activation": getattr(node.layer, "activation", None),
        }
    return data


def _reads(node: Node) -> list[Any]:
    """Return what is read of each input: for each axis how it follows one of the output, None for all of it."""
    reads = node.layer.reads(*node.input_shapes)
    return [None if read is None else [None if along is None else _along(along) for along in read] for read in reads]


def _along(along: Along) -> dict[str, Any]:
    by = along.by
    if isinstance(by, Window):
        return {"axis": along.axis, "window": (by.size, by.stride, by.start, by.dilation, by.spacing)}
    return {"axis": along.axis, **by._asdict()}


def _kernel(kernel: PackedKernel) -> dict[str, Any]:
    return {
        "here": kernel.data is not None,
        "shape": kernel.shape,
        "whole": kernel.whole,
        "bias": kernel.bias,
        "magnitude": kernel.magnitude,
    }


def _normalisation(stack: Stack) -> dict[str, Any] | None:
    spec = stack.input
    if spec.scale == 1 and spec.mean is None and spec.std is None:
        return None
    return {"scale": spec.scale, "mean": spec.mean, "std": spec.std}


def _blobs(layers: Sequence[PageLayer]) -> list[tuple[str, Markup]]:
    """Return the values as text, each with its id."""
    found = []
    for number, layer in enumerate(layers):
        parts = [] if layer.packed is None else [("levels", layer.packed.levels()), ("units", layer.packed.units())]
        parts += [("kernel", layer.kernel.data())] if layer.kernel and layer.kernel.data else []
        found += [(f"{kind}-{number}", Markup(base64.b64encode(data).decode())) for kind, data in parts]
    return found


def _json(model: Any) -> str:
    """Write data so that no text in it can end the element that it stands in."""
    return json.dumps(model, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
