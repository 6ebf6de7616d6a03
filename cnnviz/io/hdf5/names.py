"""Names of layers in Keras's files: which models a layer lies in, and what it is called here."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST = 100
_RESERVED = "input"
_KERAS_1 = re.compile(
    r"(?P<layer>.+)_(?P<weight>W|b|gamma|beta|running_mean|running_std|alphas|depthwise_kernel|pointwise_kernel)"
    r"(_\d+)?(:\d+)?"
)
_ALIASES = {"W": "kernel", "b": "bias", "running_mean": "moving_mean", "running_std": "moving_variance"}
_ALIASES["alphas"] = "alpha"


def legal_name(name: str) -> str:
    """Make a layer's name of any text: `block1/conv1` becomes `block1_conv1`."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:_LONGEST]
    if not name or name.startswith("-"):
        name = f"_{name[1:]}"
    return f"{name}_1" if name.casefold() == _RESERVED else name


def legal_names(names: Iterable[str]) -> dict[str, str]:
    """Give every layer of a file its name here: legal names stay, others get the nearest that is free.

    Returns:
        The file's names, in their order, to the names here. Two never get the same.
    """
    names = list(names)
    taken = {name.casefold() for name in names if legal_name(name) == name}
    given = {}
    for name in names:
        free = legal = legal_name(name)
        if legal != name:
            number = 1
            while free.casefold() in taken:
                tail = f"_{number}"
                free = legal[: _LONGEST - len(tail)] + tail
                number += 1
            taken.add(free.casefold())
        given[name] = free
    return given


def owner_of(weight: str) -> str:
    """Return the layer that a weight's name says it belongs to: `inner/conv` for `inner/conv/kernel:0`.

    Keras 1 wrote `conv_W`. Empty if the name does not say.
    """
    owner, slash, _ = weight.rpartition("/")
    if slash:
        return owner
    old = _KERAS_1.fullmatch(weight)
    return old["layer"] if old else ""


def is_keras_1(weight: str) -> bool:
    """Whether a weight is named as Keras 1 did it."""
    old = _KERAS_1.fullmatch(weight)
    return old is not None and old["weight"] in ("W", "b", "running_mean", "running_std", "alphas")


def weight_of(weight: str) -> str:
    """Return what a weight is by its name: `kernel` for `inner/conv/kernel_1:0` or `conv_W`."""
    old = _KERAS_1.fullmatch(weight)
    if old and "/" not in weight:
        return _ALIASES.get(old["weight"], old["weight"])
    last = re.sub(r"(_\d+)?(:\d+)?$", "", weight.rpartition("/")[2])
    return _ALIASES.get(last, last)
