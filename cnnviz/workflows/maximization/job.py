"""A maximisation, worked out and written into a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os import PathLike

from cnnviz.io.animation import check_animation, write_animation
from cnnviz.io.images import MAX_PIXELS
from cnnviz.io.png import encode_png
from cnnviz.outputs.names import MAXIMIZATION
from cnnviz.outputs.reported import Written, folder_for, open_reported
from cnnviz.render.maximization.model import DECODER, MaximizationReport
from cnnviz.render.maximization.sheet import draw_sheet
from cnnviz.render.maximization.text import to_text
from cnnviz.workflows.maximization.climb import Climbed, climb
from cnnviz.workflows.maximization.request import MaximizationRequest
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest
from cnnviz.workflows.prepare.untrained import untrained


def maximize(
    stack: StackRequest,
    request: MaximizationRequest,
    output: str | PathLike[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Callable[[int, int], None] = lambda step, steps: None,
) -> Written[MaximizationReport]:
    """Work out the pictures that maximise channels of a layer, and write them.

    Args:
        stack: The stack.
        request: What is asked.
        output: The output folder; None for `cnnviz-out/STACK-maximize`.
        max_pixels: The largest picture to begin with.
        progress: Is told how many steps are done, and how many there are.

    Raises:
        CnnvizError: If the stack, the layer, a channel or the picture is wrong, or the output cannot be written.
    """
    if request.animation is not None:
        check_animation(request.animation)
    preparation = Preparation(stack)
    folder = folder_for(output, preparation.stack.name, "maximize")
    with open_reported(folder, MAXIMIZATION, DECODER) as owned:
        found = climb(preparation, request, max_pixels, progress)
        owned.put(found.report, to_text(found.report), _files(found))
    if request.animation is not None:
        frames = [draw_sheet(found.report, shown) for shown in found.frames]
        write_animation(request.animation, [*frames, *[frames[-1]] * round(2 * request.fps)], request.fps)
    remarks = (*preparation.remarks, *untrained(stack, preparation.stack), *found.remarks)
    return Written(found.report, folder, remarks)


def _files(found: Climbed) -> Iterator[tuple[str, bytes]]:
    """Draw the files that the report lists."""
    for part, drawn in zip(found.report.channels, found.pictures, strict=True):
        yield part.picture, encode_png(drawn)
    yield found.report.sheet, encode_png(draw_sheet(found.report, found.pictures))
