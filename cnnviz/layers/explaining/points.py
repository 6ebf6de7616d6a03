"""Explanations of values that come from a single value of each input: copies and formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from cnnviz.layers.explaining.activations import bent
from cnnviz.layers.explaining.patches import point
from cnnviz.layers.explaining.records import ArithmeticStep, Explanation, Patch, Place, Stage
from cnnviz.ops.activations import ActivationFunction


def explain_copy(array: NDArray[Any], place: Place, words: str, source: int = 0) -> Explanation:
    """Explain a value that is passed on as it is.

    Args:
        array: The input that it comes from.
        place: Where it lies there.
        words: What happens.
        source: Which of the layer's inputs it is.
    """
    patch = point(array, place, source)
    value = float(patch.values[0, 0, 0])
    return Explanation((Stage(words, (patch,), (ArithmeticStep("value", "x", {"x": value}, value),)),))


def explain_bend(
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
    x = float(patch.values[0, 0, 0])
    step = ArithmeticStep(name, expression, {"x": x, **operands}, bent(function, x))
    return Explanation((Stage(words, (patch,), (step,)),))


def explain_activation(array: NDArray[Any], place: Place, words: str, function: ActivationFunction) -> Explanation:
    """Explain a value that an activation makes of the one in its place; arguments as for `explain_bend`."""
    return explain_bend(array, place, words, function.name, function.expression, function.constants, function.function)


def explain_merge(
    inputs: Sequence[NDArray[Any]], place: Place, words: str, expression: str, value: float
) -> Explanation:
    """Explain a value that comes of one value of each input.

    Args:
        inputs: The inputs; an axis of length 1, or one that is missing in front, is stretched.
        place: Where the value lies in the output.
        words: What happens.
        expression: The formula in `x1`, `x2` and so on.
        value: What comes out.
    """
    patches = operands(inputs, place)
    numbers = {f"x{number}": float(patch.values[0, 0, 0]) for number, patch in enumerate(patches, 1)}
    return Explanation((Stage(words, patches, (ArithmeticStep("value", expression, numbers, value),)),))


def operands(inputs: Sequence[NDArray[Any]], place: Place) -> tuple[Patch, ...]:
    """Take the value of each input that meets in a place of the output."""
    patches = []
    for source, array in enumerate(inputs):
        own = place[len(place) - array.ndim :]
        stretched = tuple(0 if length == 1 else at for at, length in zip(own, array.shape, strict=True))
        patches.append(point(array, stretched, source))
    return tuple(patches)
