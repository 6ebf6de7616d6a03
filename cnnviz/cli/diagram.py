"""`cnnviz diagram`: the network as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.cli._declaring import define, option
from cnnviz.cli._options import choice_option, count_option, path_option, quiet_option, stack_options
from cnnviz.cli._requests import take_stack_request
from cnnviz.cli._types import AspectType, DimensionsType

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.render.diagram.sheet import Style


@define(section="Look", place=4)
@stack_options
@option(
    "--input-size",
    type=DimensionsType(),
    metavar="HxW[xC]",
    show_default="the size that the stack fixes",
    help="Size of the input; needed where the stack does not fix it.",
)
@path_option(
    "-o", "--output", required=True, metavar="FILE", help="The picture; the suffix is its format: .svg, .png, .pdf."
)
@choice_option(
    "--style",
    "blocks",
    "graph",
    help="Feature maps as blocks to scale, or a box of words for each layer.",
)
@option(
    "--aspect",
    type=AspectType(),
    metavar="W:H",
    default="16:9",
    help="The shape of the page, which the network is broken into rows for.",
)
@option("--bare", is_flag=True, help="The network alone, cut to its size: no title, no legend.")
@option(
    "--fold/--no-fold",
    default=None,
    show_default="where letters would be small on a slide",
    help="Draw what repeats once, with how often it comes.",
)
@option("--costs", is_flag=True, help="Also write every layer's parameters and multiply-accumulates.")
@option("--dark", is_flag=True, help="Draw on dark paper.")
@count_option(
    "--width",
    least=200,
    metavar="PX",
    show_default="1920, or as many as letters need",
    help="Width in pixels: of a PNG, and at which an SVG is shown; a PDF has 150 to the inch.",
)
@quiet_option("Print the path of the file alone, no remarks; twice: nothing but errors.")
def command(
    output: Path,
    style: Style,
    aspect: float,
    bare: bool,
    fold: bool | None,
    costs: bool,
    dark: bool,
    width: int | None,
    input_size: tuple[int, ...] | None,
    quiet: int,
    **options: Any,
) -> None:
    """Draw a network as a picture for a slide, a paper or a poster; needs no image and computes no pixel.

    Layers that only normalise, bend or drop the values of one share its block. Ways that branch off are drawn beside
    the main one. A network that is too large for a slide gives a larger picture, whose letters stay as large.

    \b
    Examples:
      cnnviz diagram --config lenet5 -o lenet5.svg
      cnnviz diagram -c vgg16 --style graph --costs --aspect 210:297 -o vgg16.pdf
      cnnviz diagram -c residual --input-size 64x64 --dark -o residual.png
    """  # noqa: D301
    from cnnviz.cli._messages import print_paths, say
    from cnnviz.render.diagram.sheet import Look
    from cnnviz.render.kit.figures import check_figure
    from cnnviz.workflows.diagram import diagram_of

    check_figure(output)
    look = Look(style=style, aspect=aspect, bare=bare, fold=fold, costs=costs, dark=dark)
    size = None if input_size is None else (input_size[0], input_size[1])
    found = diagram_of(take_stack_request(options, input_size=size), look, input_size)
    if not quiet:
        for remark in found.remarks:
            say(remark)
    found.save(output, width)
    if quiet < 2:
        print_paths(output)
