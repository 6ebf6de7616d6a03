"""`cnnviz import`: a model file made a stack and weights."""

from __future__ import annotations

from typing import Any

import click

from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._options import json_option, model_options, path_option, quiet_option
from cnnviz.cli._statuses import DIFFERS, DONE
from cnnviz.cli._types import DimensionsType, FiniteRange, PathType


@define(section="Set up", place=3)
@argument("model", type=PathType())
@path_option(
    "-o",
    "--output",
    metavar="FOLDER",
    required="required without --check",
    help="Where to write stack.yaml and weights.h5.",
)
@option("--name", metavar="NAME", show_default="the file's", help="Name of the stack.")
@option(
    "--input-size",
    type=DimensionsType(channels=False),
    metavar="HxW",
    show_default="the model's own, else the picture's",
    help="Height and width to which the stack resizes pictures, for a model that leaves them open.",
)
@model_options
@option(
    "--check",
    "image",
    metavar="IMAGE",
    help="Also run IMAGE by ONNX Runtime or Keras, if that is installed, and compare every tensor.",
)
@option(
    "--rtol",
    type=FiniteRange(min=0),
    metavar="X",
    default=1e-4,
    only_with="--check",
    help="How much tensors may differ with --check, relative to their range.",
)
@option("--force", is_flag=True, only_with="--output", help="Overwrite a stack.yaml and weights.h5 that are there.")
@json_option
@quiet_option(
    "Print the paths of the files, and what --check comes to, alone, no remarks; twice: nothing but --json and errors."
)
def command(
    model: Any,
    output: Any,
    name: str | None,
    input_size: tuple[int, ...] | None,
    until: str | None,
    set_inputs: tuple[str, ...],
    image: str | None,
    rtol: float,
    force: bool,
    as_json: bool,
    quiet: int,
) -> int:
    """Make a stack and weights of a model file of Keras, TensorFlow.js or ONNX.

    MODEL is a .keras, a whole model in .h5 or .hdf5, a model.json of TensorFlow.js, or an .onnx, which needs the extra
    cnnviz[onnx]. Nothing in it is run. Into FOLDER go stack.yaml and weights.h5, after both have been seen to give what
    the model gives. Every command also takes MODEL itself in the place of a stack.

    \b
    Examples:
      cnnviz import model.h5 -o mymodel
      cnnviz import model.h5 -o front --until conv --name front
    """  # noqa: D301
    from msgspec import UNSET

    from cnnviz.cli._messages import print_json, print_text, say
    from cnnviz.config.switches import Switches
    from cnnviz.render import checking, imported
    from cnnviz.render.report.json import to_json
    from cnnviz.workflows.importing.checking import check_model
    from cnnviz.workflows.importing.importing import ReadModel, import_files

    if output is None and image is None:
        raise click.UsageError("-o FOLDER is missing: where to write stack.yaml and weights.h5; or --check IMAGE")
    sizes = () if input_size is None else (f"input.size=[{input_size[0]},{input_size[1]}]",)
    read = ReadModel(model, Switches(settings=sizes, until=until or "", set_inputs=set_inputs), name or "")
    files = UNSET if output is None else import_files(read, output, force)
    check = UNSET if image is None else check_model(read, image, rtol)
    if not quiet:
        for remark in dict.fromkeys(remark for part in (files, check) if part for remark in part.remarks):
            say(remark)
    if as_json:
        print_json(to_json(imported.ImportOutcome(files=files, check=check)))
    elif quiet < 2:
        if check:
            print_text(checking.summary(check) if quiet else checking.to_text(check), end="")
        if files:
            print_text(imported.paths(files) if quiet else imported.to_text(files), end="")
    return DIFFERS if check and check.diverges else DONE
