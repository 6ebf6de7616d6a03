"""The job of `cnnviz sweep`: every combination computed, compared, drawn, written."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from cnnviz.io.images import MAX_PIXELS, read_image
from cnnviz.io.machine import usable_cores
from cnnviz.io.threads import Threads
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import PAGE
from cnnviz.outputs.reported import Written, folder_for
from cnnviz.outputs.sources import Source
from cnnviz.outputs.sweep import earlier_sweep, open_sweep_folder
from cnnviz.outputs.writing import OwnedFolder
from cnnviz.render.kit.figures import check_figure
from cnnviz.render.report.json import to_json
from cnnviz.render.sweep.frame import LayerTiles
from cnnviz.render.sweep.model import SweepReport
from cnnviz.render.sweep.page import to_html
from cnnviz.render.sweep.sheet import draw_sheet
from cnnviz.render.sweep.text import to_text
from cnnviz.render.sweep.wording import nonfinite
from cnnviz.workflows.drawing.encoding import AHEAD, Encoder
from cnnviz.workflows.prepare.input_image import InputImage
from cnnviz.workflows.prepare.memory_limit import check_memory
from cnnviz.workflows.prepare.request import DrawingRequest, StackRequest
from cnnviz.workflows.prepare.untrained import untrained
from cnnviz.workflows.sweep.choices import WEIGHTS, Choice, pictures_choice
from cnnviz.workflows.sweep.computing import compute
from cnnviz.workflows.sweep.drawing import choose_ranges, draw_layer
from cnnviz.workflows.sweep.memory import sweep_peak
from cnnviz.workflows.sweep.reporting import report_of
from cnnviz.workflows.sweep.setup import ScaleOf, Sweep


def sweep(
    sources: Sequence[Source],
    request: StackRequest,
    choices: Sequence[Choice],
    drawing: DrawingRequest,
    *,
    output: str | PathLike[str] | None = None,
    scale: ScaleOf = "each",
    max_pixels: int = MAX_PIXELS,
    figure: Path | None = None,
) -> Written[SweepReport]:
    """Run every combination and write the comparison.

    Args:
        sources: The images, which are one more choice if there are several.
        request: The stack.
        choices: The changes to it and its weights, each with one value or several.
        drawing: How to draw.
        output: The output folder; None for `cnnviz-out/STACK-sweep`.
        scale: Whether each tile has a scale of its own, or all tiles of a layer a common one.
        max_pixels: The largest picture to take.
        figure: Also draw all layers into this file; None for none.

    Raises:
        CnnvizError: If an option, the picture or the weights file is wrong, the figure's suffix names no format, or no
            combination fits.
        OutputError: If the output could not be written.
    """
    check_figure(figure)
    names = [source.file if len(sources) == 1 else source.spelled for source in sources]
    named = zip(names, sources, strict=True)
    pictures = {name: read_image(source.content(max_pixels), max_pixels, source.file) for name, source in named}
    choices = [pictures_choice(names), *choices]
    swept = Sweep(request, choices, pictures, drawing, scale)
    decoded = sum(picture.pixels.nbytes for picture in pictures.values())
    need = sweep_peak(swept.plan, swept.itemsize, decoded, swept.tile_bytes)
    check_memory(need, request.max_memory, "the sweep", "fewer values")
    told = {choice.option for choice in choices} & {"--seed", "--initializer", WEIGHTS}
    remarks = [] if told else untrained(request, swept.stack)
    target = folder_for(output, swept.stack.name, "sweep")
    with open_sweep_folder(target) as folder:
        before = earlier_sweep(target)
        report = _run(swept, folder, figure)
    if before is not None and output is None:
        remarks += _replaced(before, report, target)
    warnings = dict.fromkeys(warning for picture in pictures.values() for warning in picture.warnings)
    return Written(report, target, (*warnings, *swept.remarks, *remarks, *nonfinite(report)))


def _replaced(before: SweepReport, now: SweepReport, target: Folder) -> list[str]:
    """Say that another sweep had been where this one is now."""
    if (before.file, before.options) == (now.file, now.options):
        return []
    varied = "; ".join(f"{option.name} {', '.join(option.values)}" for option in before.options)
    return [
        f"replaced the sweep over {before.file} ({varied}) that was in {target}: name a folder with -o to keep both"
    ]


def _run(swept: Sweep, folder: OwnedFolder, figure: Path | None) -> SweepReport:
    sheets = _sheet_names(swept)
    folder.begin([*sheets.values(), PAGE])
    count = swept.request.threads or usable_cores()
    seen = compute(
        swept.plan,
        lambda name, spec: InputImage(swept.pictures[name], spec).pixels,
        swept.tile,
        swept.style.scale_by,
        np.dtype(swept.request.dtype),
        count,
    )
    chosen = {position: choose_ranges(swept, seen, position) for position in sheets}
    report = report_of(swept, seen, chosen)
    drawn: dict[int, LayerTiles] = {}
    with Threads(count, AHEAD) as threads:
        encoder = Encoder(folder, threads)
        for position, name in sheets.items():
            drawn[position] = draw_layer(swept, report, seen, chosen[position], position)
            encoder.put(name, draw_sheet(drawn[position], swept.style.table))
    layers = (
        replace(layer, sheet=encoder.pictures[sheets[position]]) if position in sheets else layer
        for position, layer in enumerate(report.layers)
    )
    report = replace(report, layers=tuple(layers))
    folder.write(PAGE, to_html(report, {position + 1: layer for position, layer in drawn.items()}).encode())
    folder.finish(to_text(report).encode(), to_json(report))
    if figure is not None:
        from cnnviz.workflows.sweep.figure import write_sweep_figure

        write_sweep_figure(swept, report, drawn, figure)
    return report


def _sheet_names(swept: Sweep) -> dict[int, str]:
    """Name the sheets as `cnnviz run` does, by the position of the layer."""
    digits = max(2, len(str(len(swept.layers))))
    return {at: f"{at + 1:0{digits}d}_{swept.names(at)[0]}.png" for at in sorted(swept.drawn)}
