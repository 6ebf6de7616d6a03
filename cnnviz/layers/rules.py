"""How a value follows from those that a layer reads, as far as the page's script can work it out again."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, Literal, NamedTuple

from numpy.typing import NDArray


class Rule(NamedTuple):
    """How a value follows from those that it is made of; `Layer.reads` says which these are.

    Attributes:
        kind: `weigh` (products with a kernel, summed up), `stamp` (the same for a transposed convolution), `dense` (a
            vector's), `max` and `mean` (of a window, or of the whole map), `bend` (each value by itself), `normalise`,
            `rescale` (times a number, plus another), `merge` (several inputs, value by value), `copy` (the value is
            another one's), `draw` (lines between values), `reduce` (the mean or the largest of all that is read), or
            `other`.
        facts: What else the script needs, or says, as JSON can have it.
        keeps_values: Whether values of the output are values of the inputs, all or some of them.
    """

    kind: Literal[
        "weigh",
        "stamp",
        "dense",
        "max",
        "mean",
        "bend",
        "normalise",
        "rescale",
        "merge",
        "copy",
        "draw",
        "reduce",
        "other",
    ]
    facts: Mapping[str, Any] = {}
    keeps_values: bool = False


COPY = Rule("copy", keeps_values=True)
LARGEST = Rule("max", keeps_values=True)
MEAN = Rule("mean")
OTHER = Rule("other")


def bend(words: str, keeps_values: bool = False) -> Rule:
    """Return the rule of a layer that puts each value through a function.

    Args:
        words: The function, as the page shows it.
        keeps_values: Whether values of the output are values of the input.
    """
    return Rule("bend", {"words": words}, keeps_values)


def finite(values: NDArray[Any]) -> tuple[float | None, ...]:
    """Return numbers as JSON can have them: None for what is not finite, which a weights file may hold."""
    return tuple(value if isfinite(value) else None for value in values.tolist())
