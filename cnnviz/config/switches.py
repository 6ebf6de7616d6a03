"""The command line's changes to a stack, made on the plain data before anything is checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cnnviz.config.places import Places


@dataclass(frozen=True)
class Switches:
    """The changes, as written on the command line.

    Attributes:
        initializers: `[LAYER=]NAME[:VALUE]` of every `--initializer`.
        activations: `[LAYER=]NAME` of every `--activation`.
        kernel_sizes: `[LAYER=]N|HxW` of every `--kernel-size`.
        settings: `LAYER.FIELD=VALUE` of every `--set`.
    """

    initializers: tuple[str, ...] = ()
    activations: tuple[str, ...] = ()
    kernel_sizes: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


def apply(switches: Switches, data: dict[str, Any], places: Places) -> list[str]:
    """Make the changes in place; returns what to say of them."""
    return []
