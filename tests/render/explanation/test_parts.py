from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.layers.explaining.patches import window, worked_out
from cnnviz.render.explanation import parts


def random_window(shape, weighted=True, rows=None, columns=None):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(len(rows or range(shape[0])), len(columns or range(shape[1])), shape[2]))
    return window(
        rng.normal(size=shape),
        rows or range(shape[0]),
        columns or range(shape[1]),
        range(shape[2]),
        weights if weighted else None,
    )


@given(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 9)), st.booleans())
def test_what_is_shown_and_what_is_left_out_add_up(shape, padded):
    rows = range(-1, shape[0] - 1) if padded else range(shape[0])
    patch = random_window(shape, rows=list(rows))
    total = patch.terms.sum()
    shown = parts.channels(patch)
    assert shown.left_out + len(shown.channels) == shape[2]
    assert sum(patch.channel_sums[channel] for channel in shown.channels) + (shown.rest or 0) == pytest.approx(total)
    listed = parts.listing(patch)
    assert listed.left_out + len(listed.entries) == patch.read.size
    assert sum(entry.term for entry in listed.entries) + (listed.rest or 0) == pytest.approx(total)


def test_the_strongest_terms_come_first_and_few_come_in_order():
    listed = parts.listing(random_window((4, 5, 2)))
    sizes = [abs(entry.term) for entry in listed.entries]
    assert len(sizes) == parts.LISTED
    assert sizes == sorted(sizes, reverse=True)
    few = parts.listing(random_window((2, 2, 3)))
    first = [(entry.row, entry.column, entry.channel) for entry in few.entries[:4]]
    assert first == [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 0)]


@given(st.lists(st.floats(-5, 5) | st.just(np.nan), min_size=17, max_size=40))
def test_the_strongest_are_those_that_sorting_gives(values):
    patch = worked_out(np.array(values), np.ones(len(values)))
    order = sorted(range(len(values)), key=lambda at: -np.nan_to_num(abs(values[at]), nan=np.inf))
    assert [entry.channel for entry in parts.listing(patch).entries] == order[: parts.LISTED]


def test_what_was_chosen_is_listed_however_weak():
    patch = worked_out(np.linspace(1, 2, 50))._replace(chosen=(0, 0, 0), terms=np.linspace(1, 2, 50)[None, None])
    listed = parts.listing(patch)
    assert listed.entries[0].chosen
    assert len(listed.entries) == parts.LISTED
    assert [entry.channel for entry in listed.entries[1:]] == list(range(49, 38, -1))


def test_a_pooling_lists_by_value_and_a_mean_by_magnitude():
    values = np.array([[[-9.0], [1.0], [5.0]] * 8])
    patch = window(values, [0], range(24), [0])
    assert {entry.value for entry in parts.listing(patch).entries[:8]} == {-9}
    assert {entry.value for entry in parts.listing(patch._replace(chosen=(0, 2, 0))).entries[:8]} == {5}


def test_the_channel_with_what_was_chosen_is_drawn():
    patch = random_window((2, 2, 9))._replace(chosen=(0, 0, 8))
    assert 8 in parts.channels(patch).channels


def test_a_channel_that_is_read_twice_is_told_apart():
    patch = window(np.zeros((3, 3, 2)), range(3), range(3), [0, 0, 1])
    assert [parts.label(patch, place) for place in range(3)] == [
        "number 0: channel 0",
        "number 1: channel 0",
        "channel 1",
    ]


def test_what_is_not_a_number_counts_as_strong():
    values = np.ones((1, 1, 40))
    values[0, 0, 33] = np.nan
    patch = window(values, [0], [0], range(40), np.ones(40))
    assert parts.listing(patch).entries[0].channel == 33
