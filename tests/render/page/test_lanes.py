from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.page.lanes import lay_out


def test_a_chain_is_one_track() -> None:
    assert [(s.lane, s.tracks, s.enters, s.leaves) for s in lay_out([(), (0,), (1,)])] == [
        (0, (), (), (0,)),
        (0, (), (0,), (0,)),
        (0, (), (0,), ()),
    ]


def test_a_skip_connection_runs_beside_the_main_track_and_comes_back() -> None:
    start, first, second, add = lay_out([(), (0,), (1,), (0, 2)])
    assert start.leaves == (0,)
    assert first.tracks == ((0, 1),)  # moves over, to pass by
    assert second.tracks == ((1, 1),)
    assert (second.lane, add.lane) == (0, 0)
    assert set(add.enters) == {0, 1}
    assert add.leaves == ()


def test_an_output_that_nobody_reads_ends() -> None:
    assert lay_out([(), (0,), (0,)])[1].leaves == (1,)


@given(st.data())
def test_tracks_never_share_a_lane_and_every_layer_is_reached(data: st.DataObject) -> None:
    rows = data.draw(st.integers(2, 12))
    choices = (st.lists(st.integers(0, row - 1), min_size=1, max_size=3) for row in range(1, rows))
    inputs = [(), *(tuple(data.draw(choice)) for choice in choices)]
    stations = lay_out(inputs)
    for above, station, sources in zip(stations, stations[1:], inputs[1:], strict=False):
        assert len(set(station.leaves)) == len(station.leaves)
        assert {start for start, _ in station.tracks} | set(station.enters) <= set(above.leaves)
        assert {end for _, end in station.tracks} <= set(station.leaves)
        assert 1 <= len(station.enters) <= len(set(sources))
