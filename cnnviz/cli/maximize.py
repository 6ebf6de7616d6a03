"""`cnnviz maximize`: the pictures that filters and classes want to see."""

from __future__ import annotations

from typing import Any

from cnnviz.cli._declaring import define, option
from cnnviz.cli._folder import Ending, ending_options, output_option
from cnnviz.cli._options import (
    asked_layer_option,
    channels_option,
    count_option,
    path_option,
    picture_options,
    stack_options,
    threads_option,
)
from cnnviz.cli._requests import take, take_stack_request
from cnnviz.cli._types import FiniteRange


@define(section="Look", place=4)
@stack_options
@asked_layer_option("The layer whose maps, units or classes are maximised.")
@channels_option("all, at most 64; with --from, the whole layer")
@output_option("maximize")
@option(
    "--from",
    "start",
    metavar="IMAGE",
    show_default="noise",
    help="Begin with a picture, a file or sample:NAME: what the layer sees in it grows (deep dream).",
)
@count_option(
    "--input-channels",
    show_default="the model file's, else those of the stack's color",
    help="Channels of the pictures, where they are no colours; each channel is then drawn as a map.",
)
@count_option("--steps", default=256, help="Steps of the ascent.")
@option(
    "--learning-rate",
    type=FiniteRange(1e-6, 10),
    metavar="RATE",
    default=0.05,
    help="Length of a step.",
)
@option(
    "--shift",
    type=FiniteRange(0, 1000),
    metavar="PIXELS",
    show_default="a sixteenth of the shorter side",
    help="Shift pictures at random by up to so much at every step.",
)
@option(
    "--turn",
    type=FiniteRange(0, 180),
    metavar="DEGREES",
    show_default="5, or 0 for pictures up to 64 pixels",
    help="Turn pictures at random by up to so much at every step.",
)
@option(
    "--scale",
    type=FiniteRange(0, 0.9),
    metavar="PART",
    show_default="0.05, or 0 for pictures up to 64 pixels",
    help="Enlarge and shrink pictures at random by up to so much at every step.",
)
@option(
    "--variation",
    type=FiniteRange(0, 1000),
    metavar="WEIGHT",
    show_default="0, or 0.5 for pictures up to 64 pixels",
    help="What the total variation of a picture weighs: more makes smoother pictures.",
)
@path_option("--animation", help="Also write the ascent as an animation: .gif, .png, .apng or .webp.")
@option(
    "--fps",
    type=FiniteRange(0.1, 50),
    metavar="F",
    default=12.0,
    only_with="--animation",
    help="Frames per second of the animation.",
)
@picture_options
@threads_option("a layer")
@ending_options("sheet")
def command(
    output: Any,
    max_pixels: int,
    **options: Any,
) -> None:
    """Show what a filter or a class wants to see: the picture, found by gradient ascent, that it answers most.

    The ascent begins with gray noise, or with a picture. Pictures are made of waves and of colours that do not
    correlate, and shaken at every step (Olah et al. 2017), so that they show what is seen anywhere and from near by.
    The same seed gives the same bytes, for any number of threads.

    Into the output folder come a picture for each channel, one labelled sheet of all, and maximize.json.

    \b
    Examples:
      cnnviz maximize -c mnist_two_conv --weights sample:mnist_two_conv --layer dense_1
      cnnviz maximize -c model.h5 --layer conv_3 --channel 12 --channel 40 --animation conv_3.webp
      cnnviz maximize -c model.onnx --layer relu_5 --from photo.jpg --steps 40
    """  # noqa: D301
    from cnnviz.render.maximization.text import to_text
    from cnnviz.workflows.maximization.job import maximize
    from cnnviz.workflows.maximization.request import MaximizationRequest

    ending, stack = take(Ending, options), take_stack_request(options)
    request = take(MaximizationRequest, options)
    with ending.progress(request.steps, "step") as done:
        found = maximize(stack, request, output, max_pixels, lambda step, steps: done(step))
    ending.tell(found, to_text, found.report.sheet, [request.animation])
