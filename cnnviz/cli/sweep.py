"""`cnnviz sweep`: many variants of a stack side by side."""

from __future__ import annotations

from typing import Any

from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._folder import Ending, ending_options, output_option
from cnnviz.cli._options import (
    choice_option,
    config_option,
    entering_options,
    layers_option,
    max_maps_option,
    model_options,
    path_option,
    threads_option,
)
from cnnviz.cli._requests import take, take_stack_request
from cnnviz.cli._types import PathType


@define(section="Look", place=4)
@argument("images", metavar="IMAGE...", nargs=-1, required=True)
@config_option
@option(
    "--activation",
    "activations",
    multiple=True,
    metavar="[LAYER=]A,B,...",
    help="Activations of one layer, or of every one but softmax, log_softmax and linear.",
)
@option(
    "--kernel-size",
    "kernel_sizes",
    multiple=True,
    metavar="[LAYER=]A,B,...",
    help="Kernel sizes, N or HxW, of one convolution, or of every one without literal kernels.",
)
@option(
    "--initializer",
    "initializers",
    multiple=True,
    metavar="[LAYER=]A,B,...",
    help="Initialisers of every kernel, or of one layer's; names with commas of their own in brackets, as in "
    "filters:[sobel_x,sobel_y].",
)
@option(
    "--seed",
    "seeds",
    metavar="A,B,...",
    show_default="the file's, else 0",
    help="Seeds of the random initialisers; they win over the file's.",
)
@option(
    "--set",
    "settings",
    multiple=True,
    metavar="LAYER.FIELD=A,B,...",
    help="Values of any field of any layer, type included, read as YAML; also input.FIELD, such as "
    "input.color=rgb,gray. Commas inside brackets, braces and quotes do not separate values.",
)
@model_options
@output_option("sweep")
@choice_option(
    "--scale",
    "each",
    "common",
    help="Whether each tile has a scale of its own, or all tiles of a layer a common one.",
)
@option("--colormap", metavar="NAME", show_default="the file's, else gray", help="Any matplotlib colormap.")
@max_maps_option(16)
@layers_option("Draw only these layers; all are in the table.")
@path_option(
    "--figure",
    help="Also draw all layers as one labelled figure, a column for each combination; the suffix decides the format: "
    ".png, .svg or .pdf.",
)
@option(
    "--weights",
    type=PathType(as_text=True),
    metavar="FILE,...",
    help="Files of weights, loaded by name: .h5, .pth, .safetensors, sample:NAME, or none for those that the "
    "initialisers make, or that a model file has.",
)
@entering_options
@threads_option("a layer")
@ending_options("page")
def command(
    images: tuple[str, ...],
    activations: tuple[str, ...],
    kernel_sizes: tuple[str, ...],
    initializers: tuple[str, ...],
    seeds: str | None,
    settings: tuple[str, ...],
    weights: str | None,
    **options: Any,
) -> None:
    """Compare variants of a layer stack, its weights or pictures: one labelled sheet for each layer.

    Each option may list several values, separated by commas, and so may --weights, where none stands for the weights
    that the initialisers make; several pictures are one more choice. Every combination is run. What combinations share
    is computed once: random weights depend on the seed, the layer's name, its shape and its initialiser alone. A
    combination whose shapes do not fit is shown as failed, with the reason.

    Into the output folder come a sheet for each layer, index.html, and the table of what changed (shape, range, zeros,
    saturation) as sweep.txt and sweep.json.

    \b
    Examples:
      cnnviz sweep photo.jpg -c walkthrough --activation relu,sigmoid,tanh
      cnnviz sweep photo.jpg -c kernel_size --kernel-size 3,12,24 --initializer ones,glorot_uniform
      cnnviz sweep sample:digits/3 sample:digits/8 -c lenet5 --weights none,sample:lenet5
      cnnviz sweep photo.jpg -c l3 --set max_pooling2d.type=MaxPooling2D,AveragePooling2D
    """  # noqa: D301
    from cnnviz.outputs.inputs import resolve, resolve_once
    from cnnviz.outputs.names import PAGE
    from cnnviz.render.sweep.text import to_text
    from cnnviz.render.sweep.wording import failures
    from cnnviz.workflows.prepare.request import DrawingRequest
    from cnnviz.workflows.sweep.choices import parse_choices, weights_choice
    from cnnviz.workflows.sweep.job import sweep

    ending = take(Ending, options)
    choices = parse_choices(
        [
            ("--initializer", initializers),
            ("--activation", activations),
            ("--kernel-size", kernel_sizes),
            ("--set", settings),
            ("--seed", () if seeds is None else (seeds,)),
        ]
    )
    if weights is not None:
        choices = (*choices, weights_choice(weights))
    sources = resolve_once(images)
    if len(sources) == 1:
        sources = resolve(images)  # which names it by its own part of the path
    found = sweep(
        sources,
        take_stack_request(options),
        choices,
        take(DrawingRequest, options),
        **options,
    )
    failed = [f"{who}: {why}" for who, why in failures(found.report)]
    ending.tell(found, to_text, PAGE, [options["figure"]], failed)
