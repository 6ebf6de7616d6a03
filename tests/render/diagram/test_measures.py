"""Blocks are to scale, and the caption says to which; a network that goes down and up again is a U."""

from __future__ import annotations

from math import sqrt

import pytest

from cnnviz.render.diagram.blocks import Blocks
from cnnviz.render.diagram.chains import chains_of
from cnnviz.render.diagram.descent import shaped_as_u
from cnnviz.render.diagram.layered.model import Spacing
from cnnviz.render.diagram.measures import Measures
from tests.helpers.rows import each
from tests.render.diagram.networks import parts


def test_sides_of_like_size_are_in_proportion_others_by_their_root() -> None:
    near, far = Measures([(32, 32, 1), (8, 8, 4)]), Measures([(224, 224, 3), (7, 7, 512), (4096,)])
    assert near.side(32) / near.side(8) == pytest.approx(4)
    assert near.depth(4) / near.depth(1) == pytest.approx(4)
    assert far.side(224) / far.side(56) == pytest.approx(2)
    assert far.depth(4096) / far.depth(512) == pytest.approx(sqrt(8))
    assert near.caption() == "To scale: sides and numbers of maps."
    assert far.caption() == "To scale: sides and numbers of maps by their square roots; vectors stand upright."


def test_a_window_is_to_the_scale_of_its_map_and_never_larger() -> None:
    near = Measures([(32, 32, 1), (8, 8, 4)])
    assert near.window(8, 32) / near.side(32) == pytest.approx(1 / 4)
    assert near.window(99, 8) == near.side(8)


@each("shapes", [[(1, 1, 1)], [(1,)], [(10**9, 1, 1), (1, 10**9, 10**9)], [(1, 10**12, 3), (10**12,)]])
def test_any_shape_has_a_size(shapes: list[tuple[int, ...]]) -> None:
    measures = Measures(shapes)
    for shape in shapes:
        sizes = [measures.depth(shape[-1])] + [measures.side(side) for side in shape[:-1]]
        assert all(0 < size <= 200 for size in sizes)


def test_halves_of_a_u_that_are_joined_lie_on_one_axis() -> None:
    chains = chains_of(parts("u_net"))
    bent = shaped_as_u(chains, Blocks(chains, False).items(), Spacing())
    assert bent is not None
    axis = {chain.first.name: item.axis for chain, item in zip(chains, bent, strict=True)}
    assert axis["down_1"] == axis["join_1"] > axis["down_2"] == axis["join_2"] > axis["bottom"]
    assert axis["double_2"] == axis["bottom"]


@each("form", ["residual", "inception", "dense_net", "lenet5", "vgg16"])
def test_others_are_none(form: str) -> None:
    chains = chains_of(parts(form))
    assert shaped_as_u(chains, Blocks(chains, False).items(), Spacing()) is None
