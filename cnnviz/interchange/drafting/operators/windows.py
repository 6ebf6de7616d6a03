"""Windows that slide, from ONNX's attributes to fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnviz.interchange.drafting.building import UnsayableError
from cnnviz.interchange.drafting.call import Call


def pair(values: Sequence[int]) -> int | list[int]:
    """Write two numbers as one if they are equal."""
    return values[0] if values[0] == values[1] else list(values)


def two(call: Call, name: str, default: Any = (1, 1)) -> list[int]:
    """Return an attribute of two numbers, height first.

    Raises:
        UnsayableError: If it has other than two.
    """
    values = list(call.attribute(name, default))
    if len(values) != 2:
        raise UnsayableError(f"its `{name}` {values} is not for maps, which have height and width")
    return values


def padding(
    call: Call, size: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> Any:
    """Return the field `padding`.

    Args:
        call: The node.
        size: Height and width of the input.
        kernel: Of the window.
        strides: Of the window.
        dilations: Of the window.
    """
    automatic = call.attribute("auto_pad", "NOTSET")
    if automatic == "VALID":
        return "valid"
    if automatic == "SAME_UPPER":
        return "same"
    if automatic == "SAME_LOWER":
        sides = []
        for length, taps, stride, dilation in zip(size, kernel, strides, dilations, strict=True):
            total = max((-(-length // stride) - 1) * stride + dilation * (taps - 1) + 1 - length, 0)
            sides += [total - total // 2, total // 2]
        return short(sides)
    return short(sides_of(call.attribute("pads", (0, 0, 0, 0))))


def sides_of(pads: Sequence[int]) -> list[int]:
    """Bring ONNX's [top, left, bottom, right] to [top, bottom, left, right].

    Raises:
        UnsayableError: If there are other than four.
    """
    if len(pads) != 4:
        raise UnsayableError(f"its `pads` {list(pads)} are not for maps, which have height and width")
    top, left, bottom, right = pads
    return [top, bottom, left, right]


def short(sides: list[int]) -> Any:
    """Write equal sides as one number, and none as `valid`."""
    if not any(sides):
        return "valid"
    return sides[0] if len(set(sides)) == 1 else sides
