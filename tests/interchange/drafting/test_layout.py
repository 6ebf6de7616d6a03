"""Axes of the file's and of ours, against NumPy's own reshape and transpose."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.placing import common, maps, placed, vector
from cnnviz.interchange.drafting.rearranging import steps

SHAPES = [(1, 192), (1, 8, 24), (1, 2, 4, 4, 6), (1, 192, 1, 1), (8, 24), (2, 4, 24), (4, 2, 2, 12)]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_and_orders_of_axes_are_those_of_numpy(shape: tuple[int, ...]) -> None:
    x = np.arange(192.0).reshape(1, 8, 4, 6)
    layout = maps(4, 6, 8)
    ours = layout.arrange(x)
    np.testing.assert_array_equal(ours, x[0].transpose(1, 2, 0))
    reshaped = layout.reshaped(shape)
    assert reshaped is not None
    np.testing.assert_array_equal(reshaped.restore(ours), x.reshape(shape))
    np.testing.assert_array_equal(reshaped.arrange(x.reshape(shape)), ours)
    for axes in permutations(range(len(shape))):
        turned = reshaped.transposed(axes).tidy()
        np.testing.assert_array_equal(turned.restore(ours), x.reshape(shape).transpose(axes))
        np.testing.assert_array_equal(turned.arrange(x.reshape(shape).transpose(axes)), ours)


def test_a_shape_that_cuts_through_factors_is_none() -> None:
    assert maps(4, 6, 8).reshaped((1, 12, 16)) is None


def test_going_back_and_forth_leaves_nothing_behind() -> None:
    flat = maps(4, 6, 8).reshaped((1, 192))
    assert flat is not None
    assert flat.reshaped((1, 8, 4, 6)) == maps(4, 6, 8)


@pytest.mark.parametrize(
    ("layout", "places"),
    [
        (maps(4, 6, 8), (2, 3, 1)),
        (maps(1, 1, 5), (2, 3, 1)),
        (placed((4, 6, 8), (1, 2, 3)), (1, 2, 3)),
        (vector(5), (1,)),
    ],
)
def test_places(layout: Layout, places: tuple[int, ...]) -> None:
    assert layout.places() == places


def test_an_array_along_a_few_axes_stays_short() -> None:
    assert maps(4, 6, 8).arrange(np.ones((8, 1, 1))).shape == (1, 1, 8)
    assert maps(4, 6, 8).arrange(np.ones(())).shape == (1, 1, 1)


def test_what_varies_along_a_part_of_an_axis_varies_along_it() -> None:
    layout = maps(4, 6, 8).reshaped((1, 2, 4, 4, 6))
    assert layout is not None
    array = np.array([1.0, 2.0]).reshape(2, 1, 1, 1)
    np.testing.assert_array_equal(layout.arrange(array).ravel(), [1, 1, 1, 1, 2, 2, 2, 2])


@pytest.mark.parametrize(
    ("first", "second", "both"), [([32], [4, 8], (4, 8)), ([4, 6], [2, 12], (2, 2, 6)), ([4, 6], [6, 4], None)]
)
def test_common_factors(first: list[int], second: list[int], both: tuple[int, ...] | None) -> None:
    assert common(first, second) == both


@st.composite
def movements(draw: st.DrawFn) -> tuple[Layout, tuple[tuple[int, ...], ...]]:
    """Draw a layout of up to five factors, and other axes for them."""
    count = draw(st.integers(1, 5))
    lengths = draw(st.lists(st.integers(2, 4), min_size=count, max_size=count))
    file = draw(st.permutations(range(count)))
    wanted = draw(st.permutations(range(count)))

    def cut(factors: list[int]) -> tuple[tuple[int, ...], ...]:
        if draw(st.booleans()):
            return (tuple(factors),)
        first, second = sorted(draw(st.tuples(st.integers(0, count), st.integers(0, count))))
        return tuple(factors[:first]), tuple(factors[first:second]), tuple(factors[second:])

    ours = tuple(tuple(lengths[factor] for factor in axis) for axis in cut(list(range(count))))
    return Layout(ours, ((), *((factor,) for factor in file))), cut(list(wanted))


@given(movements())
def test_layers_bring_any_axes_to_any_others(movement: tuple[Layout, tuple[tuple[int, ...], ...]]) -> None:
    layout, axes = movement
    lengths = layout.lengths
    x = np.arange(float(np.prod(lengths))).reshape(layout.ours)
    file = layout.restore(x)
    if axes == layout.numbered:
        return
    for kind, fields, layout in steps(layout, axes):  # noqa: B020
        x = MOVES[kind](x, **fields)
        assert x.shape == layout.ours
    assert layout.ours == tuple(int(np.prod([lengths[factor] for factor in axis])) for axis in axes)
    np.testing.assert_array_equal(layout.restore(x), file)


def _shuffle(x: Any, groups: int) -> Any:
    return x.reshape(*x.shape[:2], groups, -1).swapaxes(2, 3).reshape(x.shape)


def _to_space(x: Any, block_size: int, mode: str) -> Any:
    height, width, _ = x.shape
    split = (block_size, block_size, -1) if mode == "DCR" else (-1, block_size, block_size)
    order = (0, 2, 1, 3, 4) if mode == "DCR" else (0, 3, 1, 4, 2)
    return x.reshape(height, width, *split).transpose(order).reshape(height * block_size, width * block_size, -1)


def _to_depth(x: Any, block_size: int, mode: str) -> Any:
    height, width, channels = x.shape
    blocks = x.reshape(height // block_size, block_size, width // block_size, block_size, channels)
    order = (0, 2, 1, 3, 4) if mode == "DCR" else (0, 2, 4, 1, 3)
    return blocks.transpose(order).reshape(height // block_size, width // block_size, -1)


MOVES = {
    "Flatten": lambda x: x.reshape(-1),
    "Reshape": lambda x, target_shape: x.reshape(target_shape),
    "Permute": lambda x, dims: x.transpose([axis - 1 for axis in dims]),
    "ChannelShuffle": _shuffle,
    "DepthToSpace": _to_space,
    "SpaceToDepth": _to_depth,
}


@pytest.mark.parametrize("shape", [(1, 5, 1), (1, 1, 1), (4, 1, 1), (1, 1, 3), (4, 5, 3)])
def test_axes_of_length_1_stay_where_they_are(shape: tuple[int, int, int]) -> None:
    for places in permutations((1, 2, 3)):
        layout = placed(shape, places)
        assert layout.places() == places
        for axes in permutations((1, 2, 3)):
            turned = layout.transposed((0, *axes)).tidy()
            assert turned.places() == tuple(axes.index(place) + 1 for place in places)
            for place in places:
                assert turned.lengthened(place, turned.places().index(place), 7).shape[place] == 7
