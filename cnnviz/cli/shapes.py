"""`cnnviz shapes`: the shape report alone."""

from __future__ import annotations

from typing import Any

import click

from cnnviz.cli._declaring import define, option
from cnnviz.cli._messages import print_json, print_text, say
from cnnviz.cli._options import stack_options, stack_request
from cnnviz.cli._types import DimensionsType, PathType


@define(section="Look", place=5)
@stack_options
@option(
    "--input-size",
    type=DimensionsType(),
    metavar="HxW[xC]",
    show_default="the size that the stack fixes",
    help="Size of the input; needed where the stack does not fix it.",
)
@option(
    "--weights",
    type=PathType(),
    metavar="FILE.h5",
    help="Weights to check against the stack, by layer name.",
)
@option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "markdown", "latex"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
def command(input_size: tuple[int, ...] | None, format_: str, **options: Any) -> None:
    """Report every layer's shape, parameters, MACs and receptive field; needs no image and computes no pixel.

    params counts weights and biases; MACs counts the multiply-accumulates of kernels, not biases.

    \b
    Examples:
      cnnviz shapes --config vgg16
      cnnviz shapes -c l3 --input-size 300x451 --format markdown
    """  # noqa: D301
    from cnnviz.render.report.tables import FORMATS
    from cnnviz.workflows.shapes import shapes

    found = shapes(stack_request(**options), input_size)
    for remark in found.remarks:
        say(remark)
    text = FORMATS[format_](found.report)
    if format_ == "json":
        print_json(text)
    else:
        print_text(text, end="")
