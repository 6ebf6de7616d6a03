"""`cnnviz animate`: a layer at work, as a file that moves."""

from __future__ import annotations

from typing import Any

import click

from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._options import count_option, path_option, picture_options, quiet_option, stack_options
from cnnviz.cli._requests import take, take_stack_request
from cnnviz.cli._types import AspectType, FiniteRange


@define(section="Look", place=3)
@argument("image", metavar="IMAGE")
@stack_options
@option(
    "--layer",
    metavar="NAME",
    required="this or --through is required",
    help="The layer: a convolution or a pooling.",
)
@option(
    "--through",
    is_flag=True,
    help="Instead of one layer, show the picture's way through all of them, one fading into the next.",
)
@path_option(
    "-o",
    "--output",
    show_default="IMAGE_STACK_LAYER.gif",
    help="Where to write; the suffix decides the format: .gif, .png or .apng, .webp.",
)
@count_option(
    "--channel",
    least=0,
    metavar="C",
    show_default="0; with --through, the three of a colour picture",
    help="The output channel to follow, counted from 0; with --through, a layer with fewer shows its last.",
)
@option(
    "--frames",
    type=click.IntRange(1, 1000),
    metavar="N",
    show_default="64; with --through, 6",
    help="Stops of the window, at most; with --through, frames from one layer to the next.",
)
@option(
    "--fps",
    type=FiniteRange(0.1, 50),
    metavar="F",
    show_default="2 to 10, for about 12 seconds; with --through, 12",
    help="Frames per second.",
)
@option(
    "--size",
    "width",
    type=click.IntRange(400, 2000),
    metavar="PX",
    show_default="800; with --through, 480; with --aspect, 1280",
    help="Width of the animation.",
)
@option(
    "--aspect",
    type=AspectType(),
    metavar="W:H",
    show_default="as high as what is drawn",
    help="The shape of the frames, such as 16:9 for a slide.",
)
@picture_options
@option("--force", is_flag=True, help="Overwrite a file that cnnviz did not write.")
@quiet_option("Print the path of the file alone; twice: nothing but errors.")
def command(image: str, layer: str | None, through: bool, quiet: int, **options: Any) -> None:
    """Animate a layer at work on IMAGE: the kernel slides, the products are summed, the output fills up.

    IMAGE is a file or sample:NAME. Padding, strides and dilation are drawn, numbers where they fit; a pooling marks
    the winner, a transposed convolution stamps its kernel on the output. A small layer stops everywhere, a large one
    at some places spread over its output. The suffix of FILE decides the format.

    \b
    Examples:
      cnnviz animate sample:conv_arithmetic --config conv_arithmetic --layer conv_1
      cnnviz animate photo.jpg -c l3 --layer max_pooling2d -o pooling.webp --size 1000
      cnnviz animate sample:chelsea -c l3 --through -o through.gif
      cnnviz animate sample:digit -c lenet5 --layer conv_1 --aspect 16:9 --size 1920 -o slide.webp
    """  # noqa: D301
    from cnnviz.cli._messages import print_text, say
    from cnnviz.io.files import show_path
    from cnnviz.workflows.animation.animate import animate
    from cnnviz.workflows.animation.film import FilmRequest

    if through and layer:
        raise click.UsageError("--layer and --through are two animations: choose one")
    if not through and not layer:
        raise click.UsageError("name a --layer, or show all of them with --through")
    done = animate(image, take_stack_request(options), take(FilmRequest, options), layer=layer, **options)
    if not quiet:
        for remark in done.remarks:
            say(remark)
        if done.shown < done.total:
            say(f"{done.shown:,} of {done.total:,} positions")
    if quiet < 2:
        print_text(show_path(done.path))
