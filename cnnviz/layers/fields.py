"""The types of layer fields, as Keras's constructors take them."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from cnnviz.ops.activations import ACTIVATIONS


class AtLeast(NamedTuple):
    """The smallest value of a number, noted in its type.

    Our own note rather than `msgspec.Meta`, which crashes the interpreter at exit (msgspec issue 717).
    """

    minimum: float


Positive = Annotated[int, AtLeast(1)]
NonNegative = Annotated[int, AtLeast(0)]
NonNegativeFloat = Annotated[float, AtLeast(0)]
Numbers = float | tuple[float, ...]
"""One number for all channels, or a list with one per channel."""

PositivePair = Positive | tuple[Positive, Positive]
Padding = Literal["valid", "same"]
ConvPadding = Padding | NonNegative | tuple[NonNegative, NonNegative, NonNegative, NonNegative]
BorderPair = NonNegative | tuple[NonNegative, NonNegative]
Border = NonNegative | tuple[BorderPair, BorderPair]
"""Pixels at the edges: one number for all sides; `[height, width]`; or `[[top, bottom], [left, right]]`."""

if TYPE_CHECKING:
    Activation = str | None
else:
    Activation = Literal[tuple(ACTIVATIONS)] | None


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """Return one number as two, for height and width."""
    return value if isinstance(value, tuple) else (value, value)


def four_sides(border: Border) -> tuple[int, int, int, int]:
    """Return a `Border` as top, bottom, left, right."""
    rows, columns = border if isinstance(border, tuple) else (border, border)
    return (*pair(rows), *pair(columns))


def minimum(annotation: Any) -> float | None:
    """Return the smallest value that the type of a number notes, or None."""
    return next((note.minimum for note in get_args(annotation)[1:] if isinstance(note, AtLeast)), None)


def too_small(value: object, annotation: Any) -> str | None:
    """Say what is wrong with a number below the minimum that its type notes.

    Args:
        value: A value that has the type already.
        annotation: The type, with its notes.

    Returns:
        A message such as `must be at least 1, got 0`, or None.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        least = minimum(annotation)
        if least is not None and isinstance(value, (int, float)) and value < least:
            return f"must be at least {least:g}, got {value:g}"
    elif origin in (Union, UnionType):
        return next((message for arm in arguments if (message := too_small(value, arm))), None)
    elif origin is tuple and isinstance(value, tuple):
        arms = arguments[:1] * len(value) if Ellipsis in arguments else arguments
        return next((m for item, arm in zip(value, arms, strict=False) if (m := too_small(item, arm))), None)
    return None
