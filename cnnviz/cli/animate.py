"""`cnnviz animate`: a layer at work, as a file that moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cnnviz.cli._options import (
    FiniteRange,
    PathType,
    dtype_option,
    max_memory_option,
    max_pixels_option,
    max_side_option,
    stack_options,
    stack_request,
    weights_option,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command("animate")
@click.argument("image", metavar="IMAGE")
@stack_options
@click.option("--layer", metavar="NAME", help="The layer: a convolution or a pooling.")
@click.option("--through", is_flag=True, help="Instead of one layer, show the picture's way through all of them.")
@click.option(
    "-o",
    "--output",
    type=PathType(),
    metavar="FILE",
    help="Where to write: .gif, .png or .apng, .webp.  [default: IMAGE_STACK_LAYER.gif]",
)
@click.option(
    "--channel",
    type=click.IntRange(min=0),
    metavar="C",
    help="The output channel to follow.  [default: 0; with --through, the three of a colour picture]",
)
@click.option(
    "--frames",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Stops of the window, at most.  [default: 64; with --through, 6 from a layer to the next]",
)
@click.option(
    "--fps",
    type=FiniteRange(0.1, 50),
    metavar="F",
    help="Frames a second.  [default: 2 to 10, for about 12 seconds; with --through, 12]",
)
@click.option(
    "--size",
    type=click.IntRange(400, 2000),
    metavar="PX",
    help="Width of the animation.  [default: 800; with --through, 480]",
)
@weights_option
@max_side_option
@dtype_option
@max_memory_option
@max_pixels_option
@click.option("--force", is_flag=True, help="Overwrite a file that cnnviz did not write.")
@click.option("-q", "--quiet", count=True, help="Print the file's path alone; twice: nothing but errors.")
def command(
    image: str,
    layer: str | None,
    through: bool,
    output: Path | None,
    channel: int | None,
    frames: int | None,
    fps: float | None,
    size: int | None,
    max_pixels: int,
    force: bool,
    quiet: int,
    **options: Any,
) -> None:
    """Animate a layer at work on IMAGE: the kernel slides, the products are summed, the output fills up.

    IMAGE is a file or sample:NAME. Padding, strides and dilation are drawn, numbers where they fit; a pooling marks
    the winner, a transposed convolution stamps its kernel on the output. A small layer stops everywhere, a large one
    at some places spread over its output. The suffix of FILE decides the format.

    \b
    Examples:
      cnnviz animate sample:conv_arithmetic --config conv_arithmetic --layer conv_1
      cnnviz animate photo.jpg -c l3 --layer max_pooling2d -o pooling.webp --size 1000
      cnnviz animate sample:chelsea -c l3 --through -o through.gif
    """  # noqa: D301
    from cnnviz.cli._messages import print_text, say
    from cnnviz.io.files import show_path
    from cnnviz.workflows.animation.animate import animate
    from cnnviz.workflows.animation.request import AnimateRequest

    if through and layer:
        raise click.UsageError("--layer and --through are two animations: choose one")
    if not through and not layer:
        raise click.UsageError("name a --layer, or show all of them with --through")
    done = animate(
        image,
        AnimateRequest(
            stack=stack_request(**options),
            layer=layer,
            channel=channel,
            output=output,
            frames=frames,
            fps=fps,
            width=size,
            max_pixels=max_pixels,
            force=force,
        ),
    )
    if not quiet:
        for remark in done.remarks:
            say(remark)
        if done.shown < done.total:
            say(f"{done.shown:,} of {done.total:,} positions")
    if quiet < 2:
        print_text(show_path(done.path))
