"""Activations explained: what they make of a value, and how far rounding may be off in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.patches import point, whole, worked_out
from cnnviz.layers.explaining.records import ArithmeticStep, Explanation, Patch, Place, Stage
from cnnviz.ops.activations import ActivationFunction

_FEW = 16
"""Rounding units that an activation may add, at most."""

_LOGARITHM = "the logarithm of its share in the exponentials of all."

_SMALL = "The largest is taken away first, which changes no share and keeps the numbers small."


def bend(
    array: NDArray[Any],
    place: Place,
    words: str,
    name: str,
    expression: str,
    operands: Mapping[str, float],
    function: Callable[..., Any],
) -> Explanation:
    """Explain a value that a function makes of the one in its place.

    Args:
        array: The input.
        place: Where the value lies, there as in the output.
        words: What happens.
        name: What comes out.
        expression: The formula in `x` and the operands.
        operands: Constants of the operation.
        function: The function, on arrays.
    """
    patch = point(array, place)
    step = bend_step(name, expression, operands, function, float(patch.values[0, 0, 0]))
    return Explanation((Stage(words, (patch,), (step,)),))


def bend_step(
    name: str, expression: str, operands: Mapping[str, float], function: Callable[..., Any], x: float
) -> ArithmeticStep:
    """Apply a function on arrays to one number; arguments as for `bend`."""
    with np.errstate(all="ignore"):
        value = float(function(np.array([x]))[0])
    return ArithmeticStep(name, expression, {"x": x, **operands}, value)


def softmax(array: NDArray[Any], axes: Sequence[int], place: Place, name: str = "softmax") -> Explanation:
    """Explain a softmax over some axes of an input, counted from 1, or its logarithm."""
    patch = whole(array, axes, place)
    if name == "log_softmax":
        stage = _log_softmax_stage(patch, f"Of the {patch.read.size:,} values along the axes, {_LOGARITHM} {_SMALL}")
        return Explanation((stage,), log_softmax_rounding(patch.read))
    words = (
        f"The {patch.read.size:,} values along the axes become shares that add up to 1: the exponential of each, over "
        f"the total of all. {_SMALL}"
    )
    stage = _softmax_stage(patch, words)
    return Explanation((stage,), softmax_rounding(patch.read, stage.steps[-1].value))


def channel_softmax(sums: NDArray[Any], channel: int, name: str = "softmax") -> Stage:
    """Explain a softmax that follows a layer's sums, over its channels, or its logarithm."""
    if name == "log_softmax":
        patch = worked_out(sums)._replace(chosen=(0, 0, channel))
        return _log_softmax_stage(patch, f"Of the {len(sums):,} sums of this place, {_LOGARITHM} {_SMALL}", name)
    words = (
        f"The softmax makes shares of the {len(sums):,} sums of this place, which add up to 1: the exponential of "
        f"each, over the total of all. {_SMALL}"
    )
    return _softmax_stage(worked_out(sums)._replace(chosen=(0, 0, channel)), words, "softmax")


def activation_rounding(function: ActivationFunction, x: float, value: float, off: float) -> Callable[[float], float]:
    """Return how far rounding may be off in a bent sum, from the rounding unit.

    Args:
        function: The activation, none that shares.
        x: The sum.
        value: What comes out.
        off: How far rounding may be off in the sum, in rounding units.
    """
    if function.steep:
        return lambda unit: _grown(value, (off + _FEW) * unit)
    if function.undefined:
        return lambda unit: _moved(function, x, value, off * unit) + _FEW * abs(value) * unit
    # No other activation is steeper than 2 at any place.
    most = 2 * off + _FEW * (abs(x) + abs(value) + function.adds)
    if function.hides is not None and function.jump is not None:
        beyond, jump = abs(abs(x) - function.hides), function.jump
        return lambda unit: most * unit + (jump if beyond <= most * unit else 0)
    return lambda unit: most * unit


def softmax_rounding(values: NDArray[Any], share: float, off: float = 0.0) -> Callable[[float], float]:
    """Return how far rounding may be off in a share, from the rounding unit.

    Args:
        values: What is shared among.
        share: The share.
        off: How far rounding may be off in the values, in rounding units.
    """
    with np.errstate(all="ignore"):
        spread = float(np.ptp(values))
    return lambda unit: _grown(share, 2 * (off + spread + _FEW) * unit)


def log_softmax_rounding(values: NDArray[Any], off: float = 0.0) -> Callable[[float], float]:
    """Return how far rounding may be off in the logarithm of a share, from the rounding unit.

    Args:
        values: What is shared among.
        off: How far rounding may be off in the values, in rounding units.
    """
    with np.errstate(all="ignore"):
        most = 2 * (off + _FEW * (1 + float(np.ptp(values)) + float(np.log(values.size)))) + values.size
    return lambda unit: most * unit


def _moved(function: ActivationFunction, x: float, value: float, off: float) -> float:
    """Return how far a value moves if what it is made of is off; infinite across a place where it is not defined."""
    with np.errstate(all="ignore"):
        ends = np.abs(function.function(np.array([x - off, x + off])) - value)
    across = (x - off) * (x + off) <= 0 < off
    return inf if across or np.isnan(ends).any() else float(ends.max())


def _grown(value: float, exponent: float) -> float:
    """Return by how much a value grows that is multiplied by the exponential of a number."""
    with np.errstate(all="ignore"):
        return float(abs(value) * np.expm1(exponent))


def _softmax_stage(patch: Patch, words: str, name: str = "") -> Stage:
    """Explain a share of a whole.

    Args:
        patch: All values that share, the one explained marked as chosen.
        words: What happens.
        name: Name of the stage.
    """
    assert patch.chosen is not None
    with np.errstate(all="ignore"):
        x, largest = float(patch.values[patch.chosen]), float(patch.values.max())
        exponentials = np.exp(patch.values - largest)
        own, total = float(exponentials[patch.chosen]), float(exponentials.sum())
        share = float(np.divide(own, total))
    steps = (
        ArithmeticStep("largest", "max(values)", {}, largest),
        ArithmeticStep("exponential", "exp(x - largest)", {"x": x, "largest": largest}, own),
        ArithmeticStep("total", "sum(exp(values - largest))", {"largest": largest}, total),
        ArithmeticStep("share", "exponential / total", {"exponential": own, "total": total}, share),
    )
    return Stage(words, (patch._replace(terms=exponentials),), steps, name, "exponentials")


def _log_softmax_stage(patch: Patch, words: str, name: str = "") -> Stage:
    """Explain the logarithm of a share; arguments as for `_softmax_stage`."""
    assert patch.chosen is not None
    with np.errstate(all="ignore"):
        x, largest = float(patch.values[patch.chosen]), float(patch.values.max())
        exponentials = np.exp(patch.values - largest)
        total = float(exponentials.sum())
        value = float(x - largest - np.log(total))
    steps = (
        ArithmeticStep("largest", "max(values)", {}, largest),
        ArithmeticStep("total", "sum(exp(values - largest))", {"largest": largest}, total),
        ArithmeticStep(
            "logarithm of the share", "x - largest - log(total)", {"x": x, "largest": largest, "total": total}, value
        ),
    )
    return Stage(words, (patch._replace(terms=exponentials),), steps, name, "exponentials")
