"""What fills a layer's weights: Keras's initialisers, and literal or classic kernels."""

from __future__ import annotations

from typing import Any, get_args

from cnnviz.errors import UsageError
from cnnviz.initializers.base import Array, InitializerBase, WeightSpec
from cnnviz.initializers.constant import Constant, Identity, Ones, Zeros
from cnnviz.initializers.kernels import Filters
from cnnviz.initializers.random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
)

__all__ = [
    "INITIALIZERS",
    "Array",
    "Constant",
    "Filters",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "InitializerBase",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "WeightSpec",
    "Zeros",
    "parse_initializer",
]

Initializer = (
    GlorotUniform
    | GlorotNormal
    | HeUniform
    | HeNormal
    | LecunUniform
    | LecunNormal
    | RandomUniform
    | RandomNormal
    | TruncatedNormal
    | Zeros
    | Ones
    | Constant
    | Orthogonal
    | Identity
    | Filters
)

INITIALIZERS: dict[str, type[InitializerBase]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Initializer)
}
"""Every initialiser by its name in YAML."""


def parse_initializer(text: str) -> dict[str, Any]:
    """Read an initialiser as the command line has it, `NAME[:VALUE]`.

    Args:
        text: Such as `glorot_uniform`, `constant:0.12` (the value is that of the first field) or
            `filters:sobel_x,sobel_y`, in brackets or not.

    Returns:
        Plain data as in YAML, such as `{"type": "constant", "value": 0.12}`; fields are not checked here.

    Raises:
        UsageError: If there is no such initialiser, or it takes no such value.
    """
    name, colon, value = text.partition(":")
    kind = INITIALIZERS.get(name)
    if kind is None:
        from difflib import get_close_matches

        near = get_close_matches(name, INITIALIZERS, 1)
        hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(INITIALIZERS)}"
        raise UsageError(f"there is no initializer `{name}`; {hint}")
    if not colon:
        return {"type": name}
    if kind is Filters:
        names = value[1:-1] if value[:1] + value[-1:] == "[]" else value
        return {"type": name, "names": [kernel.strip() for kernel in names.split(",")]}
    if not kind.__struct_fields__:
        raise UsageError(f"initializer `{name}` takes no value, got `{value}`; write `{name}` alone")
    try:
        return {"type": name, kind.__struct_fields__[0]: float(value)}
    except ValueError:
        raise UsageError(f"initializer `{name}` takes a number, got `{value}`; write `{name}:0.1`") from None
