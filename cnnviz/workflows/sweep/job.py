"""The job of `cnnviz sweep`: every combination computed, compared, drawn, written."""

from __future__ import annotations

import msgspec

from cnnviz.io.images import read_image
from cnnviz.io.machine import usable_cores
from cnnviz.layers.base import Array
from cnnviz.outputs.folders import Folder, to_folder
from cnnviz.outputs.names import PAGE
from cnnviz.outputs.sweep import open_sweep_folder
from cnnviz.outputs.writing import OwnedFolder
from cnnviz.render.kit.figures import check_figure
from cnnviz.render.report.json import to_json
from cnnviz.render.sweep.model import SweepReport
from cnnviz.render.sweep.page import to_html
from cnnviz.render.sweep.sheet import draw_sheet
from cnnviz.render.sweep.text import to_text
from cnnviz.render.sweep.tile import Tile, shrink
from cnnviz.workflows.encoding import Encoder
from cnnviz.workflows.input_image import InputImage
from cnnviz.workflows.room import check_room
from cnnviz.workflows.sources import Source
from cnnviz.workflows.sweep.computing import compute
from cnnviz.workflows.sweep.drawing import DrawnLayer, draw_layer
from cnnviz.workflows.sweep.memory import sweep_peak
from cnnviz.workflows.sweep.reporting import report_of, with_pictures
from cnnviz.workflows.sweep.request import SweepRequest
from cnnviz.workflows.sweep.subject import Subject


class SweepResult(msgspec.Struct, frozen=True):
    """What a sweep found and wrote.

    Attributes:
        report: What it found.
        output: The output folder.
        remarks: What a user should know.
    """

    report: SweepReport
    output: Folder
    remarks: tuple[str, ...]


def sweep(request: SweepRequest, source: Source) -> SweepResult:
    """Run every combination on one image and write the comparison.

    Args:
        request: What to compare.
        source: The image.

    Raises:
        CnnvizError: If an option, the picture or the weights file is wrong, the figure's suffix names no format, or no
            combination fits.
        OutputError: If the output could not be written.
    """
    check_figure(request.figure)
    picture = read_image(source.content(request.max_pixels), request.max_pixels, source.file)
    subject = Subject(request, source.file, picture)
    _check_memory(subject)
    output = to_folder(request.output or f"cnnviz-out/{subject.stack.name}-sweep")
    with open_sweep_folder(output) as folder:
        report = _run(subject, folder)
    return SweepResult(report, output, (*picture.warnings, *subject.remarks))


def _run(subject: Subject, folder: OwnedFolder) -> SweepReport:
    sheets = _sheet_names(subject)
    folder.begin([*sheets.values(), PAGE])
    threads = subject.request.threads or usable_cores()
    seen = compute(
        subject.plan,
        lambda spec: InputImage(subject.picture, spec).pixels,
        lambda number, array: _tile(subject, number, array),
        subject.request.numpy_dtype,
        threads,
    )
    report = report_of(subject, seen)
    drawn: dict[int, DrawnLayer] = {}
    with Encoder(folder, threads) as encoder:
        for position, name in sheets.items():
            layer = drawn[position] = draw_layer(subject, report, seen, position)
            encoder.put(name, draw_sheet(layer.grid, layer.cells, layer.text, subject.style.table))
    report = with_pictures(
        report,
        subject,
        {position: layer.ranges for position, layer in drawn.items()},
        {position: encoder.listed(name) for position, name in sheets.items()},
    )
    folder.write(PAGE, to_html(report, {position + 1: layer for position, layer in drawn.items()}).encode())
    folder.finish(to_text(report).encode(), to_json(report))
    if subject.request.figure is not None:
        from cnnviz.workflows.sweep.figure import write_sweep_figure

        write_sweep_figure(subject, report, drawn, subject.request.figure)
    return report


def _sheet_names(subject: Subject) -> dict[int, str]:
    """Name the sheets as `cnnviz run` does, by the position of the layer."""
    digits = max(2, len(str(len(subject.layers))))
    return {at: f"{at + 1:0{digits}d}_{subject.names(at)[0]}.png" for at in sorted(subject.drawn)}


def _tile(subject: Subject, number: int, array: Array) -> Tile | None:
    if not subject.shows(number):
        return None
    return shrink(array, subject.style.max_maps, subject.joined(number), subject.side)


def _check_memory(subject: Subject) -> None:
    itemsize = subject.request.numpy_dtype.itemsize
    need = sweep_peak(subject.plan, itemsize, subject.picture.pixels.nbytes, subject.tile_bytes)
    check_room(need, subject.request.max_memory, "the sweep", "fewer values")
