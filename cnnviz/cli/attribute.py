"""`cnnviz attribute`: what in a picture a value hangs on."""

from __future__ import annotations

from typing import Any

import click

from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._folder import Ending, ending_options, output_option
from cnnviz.cli._options import choice_option, count_option, picture_options, stack_options, threads_option
from cnnviz.cli._requests import take, take_stack_request


@define(section="Look", place=3)
@argument("image", metavar="IMAGE")
@stack_options
@output_option("attribute")
@option(
    "--target",
    metavar="TARGET",
    show_default="the likeliest class",
    help="A class by name or number; or a value of any layer: LAYER:MAP, LAYER:MAP@Y,X, LAYER:UNIT.",
)
@option(
    "--method",
    "methods",
    multiple=True,
    metavar="NAME",
    show_default="all",
    help="gradient, input_x_gradient, smooth_grad, integrated_gradients, guided_backprop, grad_cam, grad_cam++, "
    "hires_cam, layer_cam or occlusion.",
)
@option(
    "--layer",
    metavar="NAME",
    show_default="the last with a height and a width",
    help="The layer whose maps grad_cam, grad_cam++, hires_cam and layer_cam weigh.",
)
@choice_option(
    "--baseline",
    "zero",
    "black",
    "white",
    "mean",
    "blur",
    help="What stands where a pixel is missing: zero as it enters the network, black, white, the picture's mean "
    "colour, or the picture blurred.",
)
@count_option("--samples", show_default="50", help="Noisy copies for smooth_grad.")
@option(
    "--noise",
    type=click.FloatRange(min=0, max=10),
    metavar="PART",
    show_default="0.15",
    help="Standard deviation of the noise of smooth_grad, as a part of the picture's range.",
)
@count_option("--steps", show_default="50", help="Pictures on the way of integrated_gradients.")
@count_option("--window", show_default="a sixth of the shorter side", help="Side of the window of occlusion.")
@count_option("--stride", show_default="half a window", help="Pixels from one window of occlusion to the next.")
@option(
    "--check/--no-check",
    default=True,
    help="Work out how far each answer is to be believed: deletion and insertion, and shuffled weights.",
)
@picture_options
@threads_option("a layer")
@ending_options("sheet")
def command(
    image: str,
    output: Any,
    max_pixels: int,
    **options: Any,
) -> None:
    """Say what in a picture a class, or any value of any layer, hangs on: heat maps, and how far to believe them.

    Methods and their names are those of Captum and pytorch-grad-cam. Into the output folder come, for each, the heat
    map over the picture, the heat map alone and its values as .npy, one labelled sheet of all, and attribute.json.

    Beside every map stands how far to believe it: what becomes of the class's probability while the most important
    pixels are taken away or put in, beside pixels in random order; how much the map changes when the weights are
    shuffled, layer by layer; and by how much integrated gradients miss the sum that they promise.

    \b
    Examples:
      cnnviz attribute sample:digit -c mnist_two_conv --weights weights.h5
      cnnviz attribute cat.jpg -c model.onnx --target "tiger cat" --method grad_cam --method occlusion
      cnnviz attribute photo.jpg -c l3 --target conv_3:0 --no-check
    """  # noqa: D301
    from itertools import count

    from cnnviz.attribution.methods import METHODS
    from cnnviz.render.attribution.text import to_text
    from cnnviz.workflows.attribution.job import attribute
    from cnnviz.workflows.attribution.request import AttributionRequest

    ending, stack = take(Ending, options), take_stack_request(options)
    request = take(AttributionRequest, options, seed=stack.seed or 0)
    parts = (len(request.methods) or len(METHODS)) + request.check
    with ending.progress(parts, "part") as done:
        begun = count()
        found = attribute(image, stack, request, output, max_pixels, lambda method: done(next(begun)))
    ending.tell(found, to_text, found.report.sheet)
