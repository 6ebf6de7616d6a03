"""Layouts of tensors that nobody has rearranged, and what two layouts have in common."""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.interchange.drafting.layout import Factors, Layout, Shape


def maps(height: int, width: int, channels: int) -> Layout:
    """Return the layout of maps with their channels first, `(1, channels, height, width)`."""
    return placed((height, width, channels), (2, 3, 1))


def vector(units: int) -> Layout:
    """Return the layout of a vector, `(1, units)`."""
    return placed((units,), (1,))


def placed(ours: Shape, places: Sequence[int]) -> Layout:
    """Return a layout without rearrangements.

    Args:
        ours: Our shape.
        places: For each axis of ours the axis of the file's that it is; the batch is axis 0.
    """
    axes = tuple((length,) if length > 1 else () for length in ours)
    bare = Layout(axes, ())
    order: list[Factors] = [()] * (len(ours) + 1)
    for place, numbers in zip(places, bare.numbered, strict=True):
        order[place] = numbers
    usual = tuple(places)
    return Layout(axes, tuple(order), () if usual in ((2, 3, 1), (1,)) else usual)


def common(first: Sequence[int], second: Sequence[int]) -> Shape | None:
    """Return the coarsest factors that two rows of one product can both be cut into; None if there are none."""
    left, right, found = list(first), list(second), []
    while left and right:
        a, b = left.pop(0), right.pop(0)
        part = min(a, b)
        if max(a, b) % part:
            return None
        found.append(part)
        if a > b:
            left.insert(0, a // b)
        elif b > a:
            right.insert(0, b // a)
    return tuple(found)


def is_usual(layout: Layout) -> bool:
    """Tell whether a tensor has its values in our order, or is maps with their channels first."""
    return layout.flat == tuple(range(len(layout.flat))) or (len(layout.order) == 4 and layout.places() == (2, 3, 1))
