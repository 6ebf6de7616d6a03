"""`cnnviz export`: a network for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.cli._declaring import define, option
from cnnviz.cli._options import choice_option, path_option, quiet_option, stack_options
from cnnviz.cli._requests import take_stack_request
from cnnviz.cli._types import DimensionsType

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.workflows.export import Framework


@define(section="Set up")
@stack_options
@path_option("--weights", metavar="FILE", show_default="the initialisers'", help="Weights: .h5, .pth or .safetensors.")
@choice_option(
    "--to",
    "onnx",
    "keras",
    "torch",
    default=None,
    required=True,
    help="For which program: a model of ONNX, or a script that builds the network, with its weights beside it.",
)
@path_option("-o", "--output", required=True, metavar="FILE", help="The file to write, such as net.onnx or net.py.")
@option(
    "--input-size",
    type=DimensionsType(),
    metavar="HxW[xC]",
    show_default="the size that the stack fixes",
    help="Size of the input; needed where the stack does not fix it.",
)
@quiet_option("Print the paths of the files alone, no remarks; twice: nothing but errors.")
def command(to: Framework, output: Path, input_size: tuple[int, ...] | None, quiet: int, **options: Any) -> None:
    """Write a network for ONNX, Keras or PyTorch, so that anyone can check cnnviz against them.

    What enters is what enters the first layer: pixels after scale, mean and std of input. A script of Keras has its
    weights in an .h5 file beside it, one of PyTorch in an .npz file.

    \b
    Examples:
      cnnviz export --config lenet5 --to torch -o lenet5.py
      cnnviz export -c mystack.yaml --weights w.h5 --to onnx -o mystack.onnx
    """  # noqa: D301
    from cnnviz.cli._messages import print_paths, say
    from cnnviz.workflows.export import export

    written = export(take_stack_request(options), to, output, input_size)
    if not quiet:
        for remark in written.remarks:
            say(remark)
    if quiet < 2:
        print_paths(*written.files)
