"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cnnviz.cli._declaring import option, options
from cnnviz.cli._types import DimensionsType, PathType, RangeType, SizeType

Declaration = Callable[[Callable[..., Any]], Callable[..., Any]]

_CORES = "the usable cores"


def path_option(*names: str, metavar: str = "FILE", **settings: Any) -> Declaration:
    """Declare an option that takes a path."""
    return option(*names, type=PathType(), metavar=metavar, **settings)


def count_option(*names: str, least: int = 1, metavar: str = "N", **settings: Any) -> Declaration:
    """Declare an option that takes a whole number."""
    return option(*names, type=click.IntRange(min=least), metavar=metavar, **settings)


def choice_option(name: str, *choices: str, **settings: Any) -> Declaration:
    """Declare an option that takes one of several words; the first is the default if the settings name no other."""
    settings.setdefault("default", None if "show_default" in settings else choices[0])
    return option(name, type=click.Choice(choices), **settings)


def layers_option(text: str) -> Declaration:
    """Declare the option that chooses layers by name."""
    return option("--layer", "layers", multiple=True, metavar="GLOB", show_default="all", help=text)


def max_maps_option(default: int) -> Declaration:
    """Declare the option that limits how many maps are drawn."""
    return count_option("--max-maps", least=0, default=default, help="Draw at most N maps of a layer, 0 for all.")


def quiet_option(text: str) -> Declaration:
    """Declare the option that is given once or twice."""
    return option("-q", "--quiet", count=True, help=text)


def range_option(*names: str, text: str, default: str = "the file's, else all") -> Declaration:
    """Declare an option that chooses examples."""
    return option(*names, type=RangeType(), metavar="A:B", show_default=default, help=text)


def threads_option(where: str, default: str = _CORES) -> Declaration:
    """Declare the option for the threads of this process."""
    text = f"Threads inside {where}; the number never changes a bit of the result."
    return count_option("--threads", show_default=default, help=text)


def workers_option(text: str, default: str = _CORES) -> Declaration:
    """Declare the option for how many images or pictures are worked on at a time."""
    return count_option("--workers", show_default=default, help=text)


def _stacks() -> str:
    from cnnviz.config.bundled import bundled_stacks

    return f"a YAML file, or a bundled stack: {', '.join(bundled_stacks())}"


config_option = option(
    "-c",
    "--config",
    type=PathType(as_text=True),
    metavar="CONFIG",
    required=True,
    hint=_stacks,
    help="The layer stack: a YAML file, the name of a bundled one, or a model file of Keras, TensorFlow.js or ONNX.",
)
model_options = options(
    option(
        "--until",
        metavar="LAYER",
        show_default="the last layer",
        help="End the stack with this layer, or with this tensor of a model file.",
    ),
    option(
        "--set-input",
        "set_inputs",
        multiple=True,
        metavar="NAME=VALUE",
        help="Value of another input of a model file than the picture: a number, a list, or FILE.npy.",
    ),
)
"""What is said of a model file in the place of a stack."""

stack_options = options(
    config_option,
    count_option(
        "--seed",
        least=0,
        show_default="the file's, else 0",
        help="Seed of the random initialisers; wins over the file's.",
    ),
    option(
        "--initializer",
        "initializers",
        multiple=True,
        metavar="[LAYER=]NAME[:VALUE]",
        help="Initialiser of every kernel, literal ones too, or of one layer's, such as constant:0.12 or "
        "glorot_uniform; biases stay.",
    ),
    option(
        "--activation",
        "activations",
        multiple=True,
        metavar="[LAYER=]NAME",
        help="Replace the activation of one layer, or every one but softmax, log_softmax and linear.",
    ),
    option(
        "--kernel-size",
        "kernel_sizes",
        multiple=True,
        metavar="[LAYER=]N|HxW",
        help="Replace the kernel size of one convolution, or of every one without literal kernels.",
    ),
    option(
        "--set",
        "settings",
        multiple=True,
        metavar="LAYER.FIELD=VALUE",
        help="Set any field of any layer, type included, VALUE read as YAML; also input.FIELD=VALUE, such as "
        "input.color=gray.",
    ),
    model_options,
)
"""What chooses a stack and changes it."""

entering_options = options(
    option(
        "--input-size",
        type=DimensionsType(channels=False),
        metavar="HxW",
        show_default="the file's, else the picture's",
        help="Resize pictures to this height and width.",
    ),
    count_option(
        "--max-side", show_default="the file's, else none", help="Shrink larger pictures, keeping proportions."
    ),
    choice_option(
        "--dtype",
        "float64",
        "float32",
        help="Arithmetic of the forward pass; float64 gives the same pixels on every machine.",
    ),
    option(
        "--max-memory",
        type=SizeType(),
        metavar="SIZE",
        show_default="most of what is free",
        help="Refuse what would need more, all processes together, such as 2G.",
    ),
    count_option("--max-pixels", default=100_000_000, help="Refuse larger input images."),
)
"""How pictures enter a stack, and in which arithmetic they go through it."""

picture_options = options(
    path_option(
        "--weights",
        metavar="FILE",
        help="Load weights by name: .h5, .pth, .safetensors, or trained ones such as sample:lenet5.",
    ),
    entering_options,
)
"""How pictures go through a stack, and with which weights."""


def _where_from() -> str:
    from cnnviz.io.datasets.sources import WHERE_FROM

    return "\n".join(WHERE_FROM)


data_option = path_option(
    "--data",
    required=True,
    metavar="DATA",
    hint=_where_from,
    help="A folder of MNIST's IDX files, of CIFAR-10's binary version, or of a subfolder of pictures per class; an "
    ".npz with x and y; or sample:mnist.",
)
json_option = option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")


list_options = options(
    path_option("--files-from", help="Read a list of paths from FILE, one per line; - for stdin."),
    option(
        "-0",
        "nul_separated",
        is_flag=True,
        help="The paths of a list are separated by NUL, as find -print0 writes them.",
    ),
)
"""What is said of lists of pictures."""


def asked_layer_option(text: str) -> Declaration:
    """Declare the option that names the one layer whose filters or classes are asked."""
    return option(
        "--layer",
        metavar="NAME",
        required=True,
        hint=lambda: "the name of the layer whose filters or classes to ask",
        help=text,
    )


def channels_option(default: str) -> Declaration:
    """Declare the option that chooses channels of that layer."""
    return count_option(
        "--channel",
        "channels",
        least=0,
        metavar="C",
        multiple=True,
        show_default=default,
        help="A map or unit of the layer, counted from 0.",
    )
