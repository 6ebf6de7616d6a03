"""Layers that move numbers, from one layout to another: as few as possible, with names that users know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from cnnviz.interchange.drafting.layout import Factors, Layout

Step = tuple[str, dict[str, Any], Layout]
"""A layer's kind and fields, and the layout after it."""


def steps(layout: Layout, axes: Sequence[Factors]) -> Iterator[Step]:
    """Yield the layers that bring a tensor's factors into other axes.

    Args:
        layout: The tensor's layout.
        axes: For each axis of ours the factors that it is to have.
    """
    target = _moved(layout, axes)
    named = _in_one_step(layout, tuple(axes))
    if named is not None:
        yield (*named, target)
        return
    wanted = [factor for axis in axes for factor in axis]
    at = layout
    while (now := _numbers(layout, at, wanted)) != sorted(now):
        # The first factors that are in place stay; the next one that is wanted comes to them, over what is between.
        ready = next(place for place, number in enumerate(now) if number != place)
        first = now.index(ready)
        last = first
        while last + 1 < len(now) and now[last + 1] == now[last] + 1:
            last += 1
        yield from _swapped(at, ready, first, last + 1)
        at = _after(at, ready, first, last + 1)
    yield from _reshaped(at, target)


def _numbers(start: Layout, at: Layout, wanted: Sequence[int]) -> list[int]:
    """Return for each factor, as they lie now, the place that is wanted."""
    place = {factor: number for number, factor in enumerate(start.flat)}
    goal = {place[factor]: number for number, factor in enumerate(wanted)}
    here = {factor: number for number, factor in enumerate(at.flat)}
    return [goal[here[factor]] for factor in range(len(at.flat))]


def _moved(layout: Layout, axes: Sequence[Factors]) -> Layout:
    """Return the layout with factors in other axes."""
    lengths = layout.lengths
    new = {factor: number for number, factor in enumerate(factor for axis in axes for factor in axis)}
    ours = tuple(tuple(lengths[factor] for factor in axis) for axis in axes)
    return Layout(ours, tuple(tuple(new[factor] for factor in row) for row in layout.order))


def _in_one_step(layout: Layout, axes: tuple[Factors, ...]) -> tuple[str, dict[str, Any]] | None:
    """Return the one layer that does it, if there is one."""
    now, lengths = layout.numbered, layout.lengths
    flat = [factor for axis in axes for factor in axis]
    if flat == sorted(flat):
        if len(axes) == 1:
            return "Flatten", {}
        return "Reshape", {"target_shape": [prod(lengths[factor] for factor in axis) for axis in axes]}
    if len(now) == 3 and len(axes) == 3:
        if sorted(axes) == sorted(now) and len(set(now)) == 3:
            return "Permute", {"dims": [now.index(axis) + 1 for axis in axes]}
        if axes[:2] == now[:2] and len(now[2]) == 2 and axes[2] == now[2][::-1]:
            return "ChannelShuffle", {"groups": lengths[now[2][0]]}
        return _blocks(now, axes, lengths)
    return None


def _blocks(
    now: tuple[Factors, ...], axes: tuple[Factors, ...], lengths: Sequence[int]
) -> tuple[str, dict[str, Any]] | None:
    """Return the layer that moves blocks of pixels to channels or back, if it is one."""
    for kind, small, large in (("DepthToSpace", now, axes), ("SpaceToDepth", axes, now)):
        if len(small[2]) < 2 or not large[0] or not large[1]:
            continue
        rows, columns = large[0][-1], large[1][-1]
        if (large[0][:-1], large[1][:-1]) != small[:2] or lengths[rows] != lengths[columns]:
            continue
        for mode, channels in (("DCR", (rows, columns, *large[2])), ("CRD", (*large[2], rows, columns))):
            if small[2] == channels:
                return kind, {"block_size": lengths[rows], "mode": mode}
    return None


def _swapped(layout: Layout, first: int, middle: int, last: int) -> Iterator[Step]:
    """Yield layers that swap the factors from first to middle with those from middle to last."""
    count = len(layout.lengths)
    if first and last < count:
        # Four blocks are one too many for three axes: what stands behind goes to the front and back again.
        yield from _swapped(layout, 0, last, count)
        turned = _after(layout, 0, last, count)
        behind = count - last
        yield from _swapped_three(turned, behind + first, behind + middle, count)
        turned = _after(turned, behind + first, behind + middle, count)
        yield from _swapped(turned, 0, behind, count)
    else:
        yield from _swapped_three(layout, first, middle, last)


def _swapped_three(layout: Layout, first: int, middle: int, last: int) -> Iterator[Step]:
    count = len(layout.lengths)
    cuts = [(0, first), (first, middle), (middle, last), (last, count)]
    blocks = [tuple(range(start, end)) for start, end in cuts if start < end]
    blocks += [()] * (3 - len(blocks))
    yield from _reshaped(layout, _moved(layout, blocks))
    dims = [2, 1, 3] if not first else [1, 3, 2]
    yield "Permute", {"dims": dims}, _moved(_moved(layout, blocks), [blocks[dim - 1] for dim in dims])


def _after(layout: Layout, first: int, middle: int, last: int) -> Layout:
    """Return the layout after `_swapped`, with all factors in three axes as it leaves them."""
    return list(_swapped(layout, first, middle, last))[-1][2]


def _reshaped(layout: Layout, target: Layout) -> Iterator[Step]:
    if layout.ours == target.ours:
        return
    if len(target.axes) == 1:
        yield "Flatten", {}, target
    else:
        yield "Reshape", {"target_shape": list(target.ours)}, target
