"""The whole job: one picture, one layer or all of them, one file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cnnviz.io.animation import check_animation, write_animation
from cnnviz.workflows.animation.layer import film_layer, find_layer
from cnnviz.workflows.animation.request import AnimateRequest, prepare
from cnnviz.workflows.inputs import resolve_one
from cnnviz.workflows.preparation import Preparation
from cnnviz.workflows.sources import Source


class Animated(msgspec.Struct, frozen=True):
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


def animate(image: str, request: AnimateRequest) -> Animated:
    """Draw a layer at work on a picture, or its way through the stack, and write it as an animation.

    Args:
        image: A file, a URL, or `sample:NAME`.
        request: What to animate.

    Raises:
        UsageError: If there is no such layer or channel, or the layer has no window that slides.
        OutputError: If the file cannot be written, or another's is in the way.
        CnnvizError: If the picture or the stack is wrong.
    """
    preparation = Preparation(request.stack)
    if request.layer is not None:
        find_layer(preparation.stack, request.layer)
    source = resolve_one(image)
    path = Path(request.output or _name(source, preparation.stack.name, request.layer))
    check_animation(path, request.force, ", or --force to overwrite it")
    prepared = prepare(source, preparation, request)
    if request.layer is None:
        from cnnviz.workflows.animation.through import film_through

        film = film_through(prepared, request)
    else:
        film = film_layer(prepared, request.layer, request)
    write_animation(path, film.frames, film.fps)
    return Animated(path, film.shown, film.total, tuple(preparation.remarks))


def _name(source: Source, stack: str, layer: str | None) -> str:
    """Name the file after what it shows."""
    stem = source.label.rpartition("/")[2]
    return "_".join(part for part in (stem, stack, layer) if part) + ".gif"
