"""`cnnviz explain`: one output value, term by term."""

from __future__ import annotations

from typing import Any

from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._options import count_option, json_option, path_option, picture_options, quiet_option, stack_options
from cnnviz.cli._requests import take_stack_request
from cnnviz.cli._types import AspectType, PlaceType


@define(section="Look", place=2)
@argument("image", metavar="IMAGE")
@stack_options
@option(
    "--layer",
    metavar="NAME",
    required=True,
    hint=lambda: "the name of the layer whose value to explain",
    help="The layer whose value to explain.",
)
@option(
    "--at",
    type=PlaceType(),
    metavar="Y,X",
    show_default="where the value is largest",
    help="Row and column in the layer's maps, counted from 0; of a vector the unit, as --at N.",
)
@count_option(
    "--channel",
    least=0,
    metavar="C",
    show_default="the one with the largest value",
    help="The map, counted from 0.",
)
@count_option(
    "--unit",
    least=0,
    show_default="the one with the largest value",
    help="The unit of a vector, counted from 0.",
)
@path_option("-o", "--figure", help="Also draw the explanation; the suffix decides the format: .png, .svg or .pdf.")
@option(
    "--aspect",
    type=AspectType(),
    metavar="W:H",
    show_default="as high as what is drawn",
    only_with="--figure",
    help="The shape of the figure, such as 16:9 for a slide.",
)
@picture_options
@json_option
@quiet_option("Print the value and its check alone, no remarks; twice: nothing but --json and errors.")
def command(
    image: str,
    layer: str,
    at: tuple[int, ...] | None,
    channel: int | None,
    unit: int | None,
    figure: Any,
    aspect: float | None,
    max_pixels: int,
    as_json: bool,
    quiet: int,
    **options: Any,
) -> None:
    """Explain one value of a layer's output: its window, the arithmetic term by term, its pixels in the picture.

    IMAGE is a picture, a .npy array, or sample:NAME. Each kind of layer explains itself: a convolution by its
    products, a pooling by the winner, a normalisation by its formula, each with its numbers. Only the layers that lead
    to it are run, and what the explanation comes to is checked against the forward pass.

    The JSON document has value, forward (what the forward pass gave), difference, receptive_field, and stages: what is
    read (values, weights, products) and the steps, each an expression in Python with its operands.

    \b
    Examples:
      cnnviz explain sample:conv_arithmetic -c conv_arithmetic --layer conv_1 --at 0,0 --channel 1
      cnnviz explain photo.jpg -c l3 --layer conv_2 --at 40,62 --channel 1 --figure conv_2.png
      cnnviz explain photo.jpg -c l3 --layer conv_2 --figure slide.png --aspect 16:9
      cnnviz explain sample:digit -c lenet5 --layer dense_2 --unit 3 --json
    """  # noqa: D301
    from cnnviz.cli._messages import print_json, print_paths, print_text, say
    from cnnviz.render.kit.figures import check_figure
    from cnnviz.workflows.explain.explain import explain, write_figure
    from cnnviz.workflows.explain.places import NamedPlace

    check_figure(figure)
    place = NamedPlace(at, channel, unit)
    found = explain(image, take_stack_request(options), layer, place, max_pixels, recognises=figure is not None)
    if not quiet:
        for remark in found.remarks:
            say(remark)
    if figure is not None:
        write_figure(found.value, figure, aspect)
    if as_json:
        from cnnviz.render.explanation.json import to_json

        print_json(to_json(found.value))
    elif quiet < 2:
        from cnnviz.render.explanation.text import summary, to_text

        print_text(summary(found.value) + "\n" if quiet else to_text(found.value), end="")
        if not quiet:
            print_paths(figure)
