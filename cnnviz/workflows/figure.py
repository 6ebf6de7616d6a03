"""`cnnviz run --figure`: all layers of one image in a labelled figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from cnnviz.errors import UsageError
from cnnviz.io.targets import write_target
from cnnviz.layers.base import Array
from cnnviz.render.kit.figures import check_figure, encode_figure
from cnnviz.render.kit.numbers import range_text
from cnnviz.render.layers_figure import Row, layers_figure
from cnnviz.render.statistics import Statistics, measure
from cnnviz.stack.graph import INPUT, Node
from cnnviz.wording import shape_text
from cnnviz.workflows.drawing import draw, draw_input
from cnnviz.workflows.input_image import InputImage, read_input
from cnnviz.workflows.job import Job
from cnnviz.workflows.sources import Source
from cnnviz.workflows.style import Style

MAPS = 4
"""Maps of a layer that are shown, the first."""

_SCALES = {
    "layer": "each layer by its own range",
    "map": "each map by its own range",
    "symmetric": "each layer symmetric about zero",
}


def check_request(path: Path | None, sources: Sequence[Source]) -> None:
    """Refuse a figure that cannot be drawn, before any work is done.

    Args:
        path: Where it is to go; None for nowhere.
        sources: The images.

    Raises:
        UsageError: If the suffix names no figure, or there are several images.
    """
    check_figure(path)
    if path is not None and len(sources) > 1:
        raise UsageError(
            f"--figure draws one image, and there are {len(sources):,}; run it for the one to show ("
            "what is up to date is not redone)"
        )


def write_layers_figure(job: Job, source: Source, path: Path) -> None:
    """Draw all layers of one image as a figure, whole or not at all; a file of that name is replaced.

    Args:
        job: How the image was run; `--layer` chooses the rows, `--scale-by` and `--colormap` the colours.
        source: The image.
        path: `.png`, `.svg` or `.pdf`.

    Raises:
        OutputError: If it cannot be written.
    """
    rows = list(_rows(job, read_input(source, job.stack.input, job.request.max_pixels)))
    columns = [f"map {number}" for number in range(max(len(row.tiles) for row in rows[1:]) if len(rows) > 1 else 1)]
    scale = job.style.scale_by
    how = _SCALES.get(scale.mode, f"every layer from {scale.low:g} to {scale.high:g}")
    title, footer = f"{job.stack.name}: {source.file}", f"Drawn {how}; the first maps of each."
    data = encode_figure(lambda: layers_figure(rows, columns, title, footer), path.suffix)
    write_target(path, data)


def _rows(job: Job, image: InputImage) -> Iterator[Row]:
    network = job.preparation.network(image.shape)
    style = replace(job.style, maps=True, max_maps=MAPS)
    stats = measure(image.pixels).rounded()
    yield Row(INPUT, (shape_text(image.shape), range_text((stats.min, stats.max))), (draw_input(image, style),))
    for node, (_, array) in zip(network.nodes, network.iterate(image.pixels), strict=True):
        statistics = measure(array)
        if style.shown(node):
            yield _row(node, array, statistics, style)


def _row(node: Node, array: Array, statistics: Statistics, style: Style) -> Row:
    stats = statistics.rounded()
    facts = [type(node.layer).__name__, shape_text(node.output_shape), range_text((stats.min, stats.max))]
    drawn = draw(array, statistics, node, style)
    if array.ndim == 1:
        return Row(node.layer.name, tuple(facts), (drawn.sheet,), vector=True)
    if array.shape[2] > MAPS:
        facts[1] += f", {MAPS} shown"
    return Row(node.layer.name, tuple(facts), drawn.maps)
