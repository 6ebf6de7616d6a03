"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import click

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.workflows.request import StackRequest

F = TypeVar("F", bound=Callable[..., Any])


def stack_options(function: F) -> F:
    """Add the options that choose a stack and change it."""
    for option in reversed(_STACK_OPTIONS):
        function = option(function)
    return function


_STACK_OPTIONS = [
    click.option(
        "-c", "--config", metavar="CONFIG", help="The layer stack: a YAML file, or the name of a bundled one."
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="N",
        help="Seed of the random initialisers; wins over the file's.",
    ),
    click.option(
        "--initializer",
        "initializers",
        multiple=True,
        metavar="[LAYER=]NAME[:VALUE]",
        help="Initialiser of every kernel, or of one layer's, such as constant:0.12; biases stay. Repeatable.",
    ),
    click.option(
        "--activation",
        "activations",
        multiple=True,
        metavar="[LAYER=]NAME",
        help="Replace the activation of one layer, or every one but softmax and linear. Repeatable.",
    ),
    click.option(
        "--kernel-size",
        "kernel_sizes",
        multiple=True,
        metavar="[LAYER=]N|HxW",
        help="Replace the kernel size of one convolution, or of every one without literal kernels. Repeatable.",
    ),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="LAYER.FIELD=VALUE",
        help="Set any field of any layer, VALUE read as YAML; also input.FIELD=VALUE. Repeatable.",
    ),
]


def stack_request(
    config: str | None,
    seed: int | None,
    initializers: tuple[str, ...],
    activations: tuple[str, ...],
    kernel_sizes: tuple[str, ...],
    settings: tuple[str, ...],
    weights: Path | None = None,
    max_side: int | None = None,
    **options: Any,
) -> StackRequest:
    """Make a request of the options' values; those that it does not know are left out.

    Raises:
        UsageError: If there is no `--config`.
    """
    from cnnviz.config.bundled import bundled_stacks
    from cnnviz.config.switches import Switches
    from cnnviz.workflows.request import StackRequest

    if config is None:
        raise click.UsageError(f"--config is missing: a YAML file, or a bundled stack: {', '.join(bundled_stacks())}")
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


class PathType(click.ParamType[Any]):
    """A path, as `pathlib` has it; that is imported with the first one, not for `cnnviz --help`.

    A URL is no path: it would be a folder of that name.
    """

    name = "PATH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        from pathlib import Path

        if "://" in str(value):
            from cnnviz.io.urls import is_url

            if is_url(str(value)):
                self.fail(
                    f"{value!r} is a URL, and only pictures and the output of `cnnviz run` and `cnnviz sweep` may be "
                    "one; copy it to a disk and name the file",
                    param,
                    ctx,
                )
        return Path(value)


def input_options(function: F) -> F:
    """Add the options that name inputs in other ways than as arguments."""
    for option in reversed(_INPUT_OPTIONS):
        function = option(function)
    return function


_INPUT_OPTIONS = [
    click.option(
        "--files-from", type=PathType(), metavar="FILE", help="Read a list of paths from FILE, one a line; - for stdin."
    ),
    click.option(
        "-0",
        "nul_separated",
        is_flag=True,
        help="The paths of a list are separated by NUL, as find -print0 writes them.",
    ),
    click.option(
        "--name-by",
        type=click.Choice(["stem", "file", "path"]),
        default="stem",
        show_default=True,
        help="Name an image's folder by the file's name without or with its suffix, or by its path as written.",
    ),
]


class SizeType(click.ParamType[Any]):
    """An amount of memory such as `512M` or `2GiB`, in bytes."""

    name = "SIZE"
    _UNITS: ClassVar = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        text = str(value).strip().lower().removesuffix("b").removesuffix("i")
        unit = text[-1:] if text[-1:].isalpha() else ""
        try:
            size = int(float(text.removesuffix(unit)) * self._UNITS[unit])
        except (ValueError, KeyError, OverflowError):
            size = 0
        if size < 1:
            self.fail(f"{value!r} is not a size; write 512M, 2G or a number of bytes", param, ctx)
        return size


class RangeType(click.ParamType[Any]):
    """`A:B`, `A:` or `:B`, as a slice."""

    name = "A:B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> slice:
        from cnnviz.errors import UsageError
        from cnnviz.io.ranges import parse_range

        try:
            return parse_range(str(value))
        except UsageError as error:
            self.fail(str(error), param, ctx)


class FiniteRange(click.FloatRange):
    """A range that leaves out NaN, which `FloatRange` lets through, and infinity."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return number if isfinite(number) else self.fail(f"{value} is not a finite number", param, ctx)


class DimensionsType(click.ParamType[Any]):
    """`HxW` or `HxWxC`, as a tuple of numbers."""

    name = "HxW[xC]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        parts = str(value).lower().split("x")
        if len(parts) not in (2, 3) or not all(part.isdecimal() and int(part) > 0 for part in parts):
            self.fail(f"{value!r} is not a size; write height x width, such as 300x451 or 300x451x3", param, ctx)
        return tuple(int(part) for part in parts)


# Shared by commands that run pictures through a stack.

weights_option = click.option("--weights", type=PathType(), metavar="FILE.h5", help="Load weights by layer name.")
max_side_option = click.option(
    "--max-side", type=click.IntRange(min=1), metavar="N", help="Shrink larger pictures, keeping proportions."
)
max_pixels_option = click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    default=100_000_000,
    show_default=True,
    metavar="N",
    help="Refuse larger input images.",
)
dtype_option = click.option(
    "--dtype",
    type=click.Choice(["float64", "float32"]),
    default="float64",
    show_default=True,
    help="Arithmetic; float64 gives the same pixels on every machine.",
)
max_memory_option = click.option(
    "--max-memory",
    type=SizeType(),
    metavar="SIZE",
    help="Refuse what would need more, all processes together, such as 2G.  [default: most of what is free]",
)

# Shared by commands that read a data set.

data_option = click.option(
    "--data",
    type=PathType(),
    required=True,
    metavar="DATA",
    help="A folder of MNIST's IDX files, of CIFAR-10's binary version, or of a subfolder of pictures a class; or an "
    ".npz with x and y.",
)
