"""Boxes hold what belongs together, and what repeats is drawn once."""

from __future__ import annotations

from cnnviz.render.diagram.chains import chains_of
from cnnviz.render.diagram.folding import fold
from cnnviz.render.diagram.model import shortly
from tests.helpers.rows import each
from tests.render.diagram.networks import FORMS, layer, parts, residual


def boxes(form: str) -> list[str]:
    """Return the names of the layers of each box."""
    return [" ".join(part.name for part in chain.parts) for chain in chains_of(parts(form))]


def test_what_normalises_and_bends_shares_the_box_of_what_it_reads() -> None:
    assert boxes("residual")[:6] == ["input", "start", "a_0 norm_0 relu_0", "b_0", "add_0", "a_1 norm_1 relu_1"]
    assert boxes("residual")[-2:] == ["flat", "scores"]


def test_a_layer_that_others_read_too_keeps_its_box() -> None:
    FORMS["branch"] = [
        layer("Conv2D", "conv", filters=2, kernel_size=3),
        layer("ReLU", "relu"),
        layer("Add", "add", "conv", "relu"),
        layer("ReLU", "last"),
    ]
    try:
        assert boxes("branch") == ["input", "conv", "relu", "add last"]
        assert [chain.inputs for chain in chains_of(parts("branch"))] == [(), (0,), (1,), (1, 2)]
    finally:
        del FORMS["branch"]


@each("form", FORMS)
def test_folding_loses_no_layer_and_reads_only_what_is_drawn(form: str) -> None:
    chains = chains_of(parts(form))
    folded = fold(chains)
    hidden = [chain for repeat in folded.repeats for chain in repeat.hidden]
    names = sorted(part.name for chain in [*folded.chains, *hidden] for part in chain.parts)
    assert names == sorted(part.name for chain in chains for part in chain.parts)
    for number, chain in enumerate(folded.chains):
        assert all(source < number for source in chain.inputs)
        assert bool(chain.inputs) == bool(number)
    for repeat in folded.repeats:
        assert len(repeat.hidden) == (repeat.times - 1) * (repeat.last - repeat.first + 1)


def test_alike_parts_are_drawn_once() -> None:
    (repeat,) = fold(chains_of(parts("residual"))).repeats
    assert repeat.times == 5
    folded = fold(chains_of(parts("residual"))).chains
    assert [chain.first.name for chain in folded] == ["input", "start", "a_0", "b_0", "add_0", "flat", "scores"]
    assert [chain.inputs for chain in folded] == [(), (0,), (1,), (2,), (1, 3), (4,), (5,)]


def test_parts_that_say_something_else_are_not() -> None:
    layers = list(residual(4))
    for one in layers:
        if one["name"] == "a_2":
            one["kernel_size"] = 5
    FORMS["odd"] = layers
    try:
        (repeat,) = fold(chains_of(parts("odd"))).repeats
        assert repeat.times == 2
    finally:
        del FORMS["odd"]


def test_maps_that_only_grow_do_not_keep_parts_apart() -> None:
    chains = chains_of(parts("dense_net"))
    # A concatenation that begins with another's inputs reads that one.
    joins = {chain.first.name: [chains[source].last.name for source in chain.inputs] for chain in chains}
    assert joins["join_0"] == ["start", "new_0"]
    assert joins["join_2"] == ["join_1", "new_2"]
    (repeat,) = fold(chains).repeats
    assert repeat.times == 4
    assert repeat.hidden[-1].last.shape == (16, 24, 20)


@each(
    "count, text",
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (61_706, "61.7k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (138_357_544, "138M"),
    ],
)
def test_counts_have_three_digits(count: int, text: str) -> None:
    assert shortly(count) == text
