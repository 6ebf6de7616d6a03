"""`cnnviz shapes`: the shape report alone."""

from __future__ import annotations

from typing import Any

from cnnviz.cli._declaring import define, option
from cnnviz.cli._messages import print_json, print_text, say
from cnnviz.cli._options import choice_option, path_option, stack_options
from cnnviz.cli._requests import take_stack_request
from cnnviz.cli._types import DimensionsType


@define(section="Look", place=5)
@stack_options
@option(
    "--input-size",
    type=DimensionsType(),
    metavar="HxW[xC]",
    show_default="the size that the stack fixes",
    help="Size of the input; needed where the stack does not fix it.",
)
@path_option("--weights", metavar="FILE", help="Weights to check against the stack: .h5, .pth or .safetensors.")
@choice_option("--format", "text", "json", "csv", "markdown", "latex", help="How to print it.")
def command(input_size: tuple[int, ...] | None, format: str, **options: Any) -> None:
    """Report every layer's shape, parameters, MACs and receptive field; needs no image and computes no pixel.

    params counts weights and biases; MACs counts the multiply-accumulates of kernels, not biases.

    \b
    Examples:
      cnnviz shapes --config vgg16
      cnnviz shapes -c l3 --input-size 300x451 --format markdown
    """  # noqa: D301
    from cnnviz.render.report.tables import FORMATS
    from cnnviz.workflows.shapes import shapes

    request = take_stack_request(options, input_size=None if input_size is None else (input_size[0], input_size[1]))
    found = shapes(request, input_size)
    for remark in found.remarks:
        say(remark)
    text = FORMATS[format](found.report)
    if format == "json":
        print_json(text)
    else:
        print_text(text, end="")
