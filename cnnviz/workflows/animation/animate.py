"""The whole job: one picture, one layer or all of them, one file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cnnviz.io.animation import check_animation, write_animation
from cnnviz.io.files import AnyPath
from cnnviz.io.images import MAX_PIXELS
from cnnviz.outputs.inputs import resolve_one
from cnnviz.outputs.sources import Source
from cnnviz.workflows.animation.film import FilmRequest
from cnnviz.workflows.animation.layer import film_layer, find_layer
from cnnviz.workflows.prepare.input_image import read_input
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest
from cnnviz.workflows.prepare.untrained import untrained


class Animated(NamedTuple):
    """What came out.

    Attributes:
        path: The file.
        shown: Places of the output that have a frame.
        total: Places that there are.
        remarks: What a user should know.
    """

    path: Path
    shown: int
    total: int
    remarks: tuple[str, ...]


def animate(
    image: str,
    request: StackRequest,
    animation: FilmRequest,
    *,
    layer: str | None = None,
    output: AnyPath | None = None,
    max_pixels: int = MAX_PIXELS,
    force: bool = False,
) -> Animated:
    """Draw a layer at work on a picture, or its way through the stack, and write it as an animation.

    Args:
        image: A file, a URL, or `sample:NAME`.
        request: The stack.
        animation: How the animation is made.
        layer: The layer; None for the picture's way through all of them.
        output: Where to write; None for a name made of the picture's, the stack's and the layer's.
        max_pixels: The largest picture to take.
        force: Overwrite what cnnviz did not write.

    Raises:
        UsageError: If there is no such layer or channel, or the layer has no window that slides.
        OutputError: If the file cannot be written, or another's is in the way.
        CnnvizError: If the picture or the stack is wrong.
    """
    preparation = Preparation(request)
    remarks = untrained(request, preparation.stack)
    if layer is not None:
        layer = find_layer(preparation.stack, layer).name
    source = resolve_one(image)
    path = Path(output or _name(source, preparation.stack.name, layer))
    check_animation(path, force, ", or --force to overwrite it")
    entering = read_input(source, preparation.stack.input, max_pixels)
    if layer is None:
        from cnnviz.workflows.animation.through import film_through

        preparation.check(entering.shape)
        network = preparation.network(entering.shape)
        film = film_through(network, entering, animation)
    else:
        network = preparation.network_to(entering.shape, layer)
        film = film_layer(network, entering, layer, animation)
    write_animation(path, film.frames, film.fps)
    return Animated(path, film.shown, film.total, (*preparation.remarks, *remarks, *entering.warnings))


def _name(source: Source, stack: str, layer: str | None) -> str:
    """Name the file after what it shows."""
    stem = source.label.rpartition("/")[2]
    return "_".join(part for part in (stem, stack, layer) if part) + ".gif"
