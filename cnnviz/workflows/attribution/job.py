"""An attribution, worked out and written into a folder."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from os import PathLike

import numpy as np

from cnnviz.io.images import MAX_PIXELS
from cnnviz.io.png import encode_png
from cnnviz.outputs.inputs import resolve_one
from cnnviz.outputs.names import ATTRIBUTION, method_files
from cnnviz.outputs.reported import Written, folder_for, open_reported
from cnnviz.render.attribution.curves import curves_figure
from cnnviz.render.attribution.model import DECODER, AttributionReport
from cnnviz.render.attribution.sheet import Tile, draw_sheet
from cnnviz.render.attribution.text import to_text
from cnnviz.render.kit.figures import encode_figure
from cnnviz.workflows.attribution.attribute import Attributed, attribute_picture
from cnnviz.workflows.attribution.reporting import pictures_of, report_of
from cnnviz.workflows.attribution.request import AttributionRequest
from cnnviz.workflows.prepare.input_image import read_input
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest
from cnnviz.workflows.prepare.untrained import untrained


def attribute(
    image: str,
    stack: StackRequest,
    request: AttributionRequest,
    output: str | PathLike[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Callable[[str], None] = lambda method: None,
) -> Written[AttributionReport]:
    """Ask what in a picture a number of a network hangs on, and write the answers.

    Args:
        image: A picture, an array or `sample:NAME`.
        stack: The stack.
        request: What is asked.
        output: The output folder; None for `cnnviz-out/STACK-attribute`.
        max_pixels: The largest picture to take.
        progress: Is told the name of each method before it begins.

    Raises:
        CnnvizError: If the image, the stack, the number or a method is wrong, or the output cannot be written.
    """
    preparation = Preparation(stack)
    source = resolve_one(image)
    entering = read_input(source, preparation.stack.input, max_pixels)
    folder = folder_for(output, preparation.stack.name, "attribute")
    with open_reported(folder, ATTRIBUTION, DECODER) as owned:
        found = attribute_picture(preparation, entering, request, progress)
        report = report_of(found, source.file)
        owned.put(report, to_text(report), _files(found, report))
    return Written(report, folder, (*entering.warnings, *preparation.remarks, *untrained(stack, found.stack)))


def _files(found: Attributed, report: AttributionReport) -> Iterator[tuple[str, bytes]]:
    """Draw the files that the report lists."""
    shown, drawn = pictures_of(found)
    what = report.target if report.probability is None else f"probability of {report.target}"
    for answer in found.answers:
        name, names = answer.method.name, method_files(answer.method.name)
        stream = io.BytesIO()
        np.save(stream, np.ascontiguousarray(answer.values), allow_pickle=False)
        yield names.values, stream.getvalue()
        yield names.heat, encode_png(drawn[name].alone)
        yield names.overlay, encode_png(drawn[name].overlay)
        if answer.curves is not None:
            yield names.curves, encode_figure(partial(curves_figure, name, what, answer.curves), ".png")
    tiles = [Tile(drawn[part.method].overlay, part) for part in report.methods]
    yield report.sheet, encode_png(draw_sheet(report, shown, tiles))
