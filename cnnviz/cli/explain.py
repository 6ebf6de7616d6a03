"""`cnnviz explain`: one output value, term by term."""

from __future__ import annotations

from typing import Any

import click

from cnnviz.cli._options import (
    PathType,
    dtype_option,
    max_memory_option,
    max_pixels_option,
    max_side_option,
    stack_options,
    stack_request,
    weights_option,
)


class _PlaceType(click.ParamType[Any]):
    """`Y,X`, or one number for a vector."""

    name = "Y,X"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        parts = str(value).split(",")
        if len(parts) > 2 or not all(part.strip().isdecimal() for part in parts):
            self.fail(f"{value!r} is no place; write a row and a column counted from 0, such as 40,62", param, ctx)
        return tuple(int(part) for part in parts)


@click.command("explain")
@click.argument("image", metavar="IMAGE")
@stack_options
@click.option("--layer", metavar="NAME", help="The layer whose value to explain.")
@click.option(
    "--at",
    type=_PlaceType(),
    metavar="Y,X",
    help="Row and column in the layer's maps, from 0; of a vector the unit.  [default: where the value is largest]",
)
@click.option(
    "--channel",
    type=click.IntRange(min=0),
    metavar="C",
    help="The map, from 0.  [default: the one with the largest value]",
)
@click.option("--unit", type=click.IntRange(min=0), metavar="N", help="The unit of a vector, from 0.")
@click.option(
    "-o",
    "--figure",
    type=PathType(),
    metavar="FILE",
    help="Also draw it: the suffix .png, .svg or .pdf decides the format.",
)
@weights_option
@max_side_option
@dtype_option
@max_memory_option
@max_pixels_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text; value is the result.")
def command(
    image: str,
    layer: str | None,
    at: tuple[int, ...] | None,
    channel: int | None,
    unit: int | None,
    figure: Any,
    max_pixels: int,
    as_json: bool,
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
      cnnviz explain sample:digit -c lenet5 --layer dense_2 --unit 3 --json
    """  # noqa: D301
    from cnnviz.cli._messages import print_json, print_text, say
    from cnnviz.render.kit.figures import check_figure
    from cnnviz.workflows.explain import ExplainRequest, explain, write_figure
    from cnnviz.workflows.places import Wanted

    if layer is None:
        raise click.UsageError("--layer is missing: the name of the layer whose value to explain")
    check_figure(figure)
    found = explain(ExplainRequest(stack_request(**options), layer, Wanted(at, channel, unit), max_pixels), image)
    for remark in found.remarks:
        say(remark)
    if figure is not None:
        write_figure(found.value, figure)
    if as_json:
        from cnnviz.render.explanation.json import to_json

        print_json(to_json(found.value))
    else:
        from cnnviz.render.explanation.text import to_text

        print_text(to_text(found.value), end="")
