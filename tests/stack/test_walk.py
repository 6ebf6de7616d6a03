"""The order of a walk, and how long its tensors live."""

from __future__ import annotations

import weakref

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.stack.walk import WalkStep, steps_of, walk


def test_a_tensor_is_released_by_its_last_reader_or_at_once_if_nobody_reads_it() -> None:
    graph = [("a", ["input"]), ("dead", ["a"]), ("b", ["input", "a", "a"]), ("c", ["b"])]
    assert steps_of(graph) == (
        WalkStep("a", ("input",), ()),
        WalkStep("dead", ("a",), ("dead",)),
        WalkStep("b", ("input", "a", "a"), ("input", "a")),
        WalkStep("c", ("b",), ("b", "c")),
    )


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=3), min_size=1, max_size=30))
def test_every_step_finds_what_it_reads_and_nothing_stays(readers: list[list[int]]) -> None:
    graph = [(at + 1, [source % (at + 1) for source in sources]) for at, sources in enumerate(readers)]
    tensors = {0: np.zeros(())}
    for name, _ in walk(steps_of(graph), lambda name, inputs: sum(inputs) + name, tensors):
        read_later = {source for own, sources in graph if own > name for source in sources if source <= name}
        assert set(tensors) - {0} == read_later - {0}
    assert set(tensors) <= {0}


def test_a_walk_holds_no_tensor_that_was_released() -> None:
    seen: list[weakref.ref] = []
    made = walk(steps_of([("a", []), ("b", [])]), lambda name, inputs: np.zeros(9), {})
    for _, out in made:
        assert all(before() is None for before in seen)
        seen.append(weakref.ref(out))
        del out
