"""Options that several commands share, and the requests that are made of their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from cnnviz.cli._declaring import F, option, options
from cnnviz.cli._types import PathType, RangeType, SizeType

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.workflows.prepare.request import StackRequest

CORES = "the usable cores"


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
    help="The layer stack: a YAML file, or the name of a bundled one.",
)
stack_options = options(
    config_option,
    option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="N",
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
        help="Replace the activation of one layer, or every one but softmax and linear.",
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
)
"""What chooses a stack and changes it."""

input_options = options(
    option(
        "--files-from",
        type=PathType(),
        metavar="FILE",
        help="Read a list of paths from FILE, one per line; - for stdin.",
    ),
    option(
        "-0",
        "nul_separated",
        is_flag=True,
        help="The paths of a list are separated by NUL, as find -print0 writes them.",
    ),
    option(
        "--name-by",
        type=click.Choice(["stem", "file", "path"]),
        default="stem",
        show_default=True,
        help="Name an image's folder by the file's name without or with its suffix, or by its path as written.",
    ),
)
"""What names inputs in other ways than as arguments."""

picture_options = options(
    option("--weights", type=PathType(), metavar="FILE.h5", help="Load weights by layer name."),
    option(
        "--max-side",
        type=click.IntRange(min=1),
        metavar="N",
        show_default="the file's, else none",
        help="Shrink larger pictures, keeping proportions.",
    ),
    option(
        "--dtype",
        type=click.Choice(["float64", "float32"]),
        default="float64",
        show_default=True,
        help="Arithmetic of the forward pass; float64 gives the same pixels on every machine.",
    ),
    option(
        "--max-memory",
        type=SizeType(),
        metavar="SIZE",
        show_default="most of what is free",
        help="Refuse what would need more, all processes together, such as 2G.",
    ),
    option(
        "--max-pixels",
        type=click.IntRange(min=1),
        default=100_000_000,
        show_default=True,
        metavar="N",
        help="Refuse larger input images.",
    ),
)
"""How pictures go through a stack."""

data_option = option(
    "--data",
    type=PathType(),
    required=True,
    metavar="DATA",
    help="A folder of MNIST's IDX files, of CIFAR-10's binary version, or of a subfolder of pictures per class; or an "
    ".npz with x and y.",
)
json_option = option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")


def layers_option(text: str) -> Callable[[F], F]:
    """Declare the option that chooses layers by name."""
    return option("--layer", "layers", multiple=True, metavar="GLOB", show_default="all", help=text)


def max_maps_option(default: int) -> Callable[[F], F]:
    """Declare the option that limits how many maps are drawn."""
    return option(
        "--max-maps",
        type=click.IntRange(min=0),
        default=default,
        show_default=True,
        metavar="N",
        help="Draw at most N maps of a layer, 0 for all.",
    )


def quiet_option(text: str) -> Callable[[F], F]:
    """Declare the option that is given once or twice."""
    return option("-q", "--quiet", count=True, help=text)


def range_option(name: str, *names: str, text: str, default: str = "the file's, else all") -> Callable[[F], F]:
    """Declare an option that chooses examples."""
    return option(name, *names, type=RangeType(), metavar="A:B", show_default=default, help=text)


def threads_option(where: str, default: str = CORES) -> Callable[[F], F]:
    """Declare the option for the threads of this process."""
    return option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        show_default=default,
        help=f"Threads inside {where}; the number never changes a bit of the result.",
    )


def workers_option(text: str, default: str = CORES) -> Callable[[F], F]:
    """Declare the option for how many images or pictures are worked on at a time."""
    return option("--workers", type=click.IntRange(min=1), metavar="N", show_default=default, help=text)


def stack_request(
    config: str,
    seed: int | None,
    initializers: tuple[str, ...],
    activations: tuple[str, ...],
    kernel_sizes: tuple[str, ...],
    settings: tuple[str, ...],
    weights: Path | None = None,
    max_side: int | None = None,
    **options: Any,
) -> StackRequest:
    """Make a request of the options' values; those that it does not know are left out."""
    from cnnviz.config.switches import Switches
    from cnnviz.workflows.prepare.request import StackRequest

    shrink = () if max_side is None else (f"input.max_side={max_side}",)
    known = {name: options[name] for name in ("dtype", "threads", "max_memory") if name in options}
    return StackRequest(
        config=config,
        switches=Switches(
            initializers=initializers,
            activations=activations,
            kernel_sizes=kernel_sizes,
            settings=settings + shrink,
        ),
        seed=seed,
        weights=weights,
        **known,
    )
