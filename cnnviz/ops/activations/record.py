"""What is known of an activation function, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, NamedTuple

from numpy.typing import NDArray

Array = NDArray[Any]

Slope = Callable[..., object]
"""Fills its second array with the slopes at the places in its first."""

FAR = 1000.0
"""So far out every activation has reached its limit, whatever the dtype: what is infinite counts as this where it would
make NaN of a zero."""


class ActivationFunction(NamedTuple):
    """An activation function: its formula, its slope, and what it does to numbers far from zero.

    Attributes:
        name: As YAML has it.
        function: Takes an array and returns a new one of its shape, dtype and memory order, or writes into `out`, which
            may be the array itself. What is not a number stays so, and nothing overflows on the way to a finite result.
        expression: The formula in `x` and `constants`, as it is shown; valid Python.
        slope: Its derivative; at a kink that of the left side, but 0 for `abs`. None where
            nothing is bent, or values depend on each other.
        slope_of_output: Whether the slope follows from the output alone, so that the input need not be kept.
        constants: Numbers of the formula, by name.
        aliases: Other names.
        axes: The axes along which values depend on each other, counted with the batch, or from the end; none if each
            value is bent by itself.
        keeps: The numbers that come out as they are, from the smallest to the largest; None if there are none.
        cut: What is no larger than this becomes exactly zero, and nothing else does; None if there is no such number.
        floor: What it levels off at far below zero, and comes to nowhere else; None if there is no such value.
        fades: Whether it goes to zero far below zero, and is zero at zero too.
        ends: The two values that it levels off at; None if it has no two.
        near: How near to an end counts as there.
        saturated: The part of the values at the ends from which it is called saturated.
        steep: Whether its slope has no bound, so that rounding errors grow with the value.
        adds: What it adds on the way, which is rounded too.
        hides: What is no farther from zero than this becomes exactly zero, and nothing else does; None if there is no
            such number.
        jump: How far from zero its values jump there; None if they nowhere do.
        undefined: The numbers of which it makes NaN or infinities, as a word for them; None if there are none.
    """

    name: str
    function: Callable[..., Array]
    expression: str
    slope: Slope | None = None
    slope_of_output: bool = False
    constants: Mapping[str, float] = {}
    aliases: tuple[str, ...] = ()
    axes: tuple[int, ...] = ()
    keeps: tuple[float, float] | None = None
    cut: float | None = None
    floor: float | None = None
    fades: bool = False
    ends: tuple[float, float] | None = None
    near: float = 0.01
    saturated: float = 0.5
    steep: bool = False
    adds: float = 0.0
    hides: float | None = None
    jump: float | None = None
    undefined: str | None = None

    @property
    def keeps_shares(self) -> bool:
        """Whether numbers from 0 to 1 come out as they are."""
        return self.keeps is not None and self.keeps[0] <= 0 and self.keeps[1] >= 1

    @property
    def bottom(self) -> float | None:
        """The smallest value that comes out as it is; None if there is none."""
        return None if self.keeps is None or self.keeps[0] == -inf else self.keeps[0]

    @property
    def ceiling(self) -> float | None:
        """The largest value that it lets through; None if there is none."""
        return None if self.keeps is None or self.keeps[1] == inf else self.keeps[1]
