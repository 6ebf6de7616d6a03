"""Activation functions, with Keras 3's formulas.

A new one is a function, its slope and a line in the table at the end of the file of its family.
"""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.ops.activations.elementary import ELEMENTARY
from cnnviz.ops.activations.gates import GATES
from cnnviz.ops.activations.levelling import LEVELLING
from cnnviz.ops.activations.record import ActivationFunction, Array
from cnnviz.ops.activations.rectifiers import RECTIFIERS
from cnnviz.ops.activations.shrinking import SHRINKING

__all__ = ["ACTIVATIONS", "ALIASES", "ActivationFunction", "activate", "find_activation"]

_ALL = (*RECTIFIERS, *GATES, *LEVELLING, *SHRINKING, *ELEMENTARY)

ACTIVATIONS = {name: one._replace(name=name) for one in _ALL for name in (one.name, *one.aliases)}
"""Every activation by its name in YAML."""

ALIASES = {alias: one.name for one in _ALL for alias in one.aliases}
"""Other names of activations, with the one that is meant."""


def find_activation(name: str | None) -> ActivationFunction:
    """Return an activation by its name; None is `linear`, which changes nothing."""
    return ACTIVATIONS["linear" if name is None else name]


def activate(function: Callable[..., Array], name: str | None) -> Callable[..., Array]:
    """Follow a function by a named activation, in place.

    Args:
        function: Returns memory that nobody else holds.
        name: Of `ACTIVATIONS`; None for none.
    """
    if name in (None, "linear"):
        return function
    activation = find_activation(name).function

    def activated(*inputs: Array) -> Array:
        out = function(*inputs)
        return activation(out, out=out)

    return activated
