"""The geometry of a window, held to a loop over all places and taps."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from cnnviz.ops.sliding import Window

few = st.integers(1, 5)
sides = st.integers(-4, 6)


def slide(window: Window) -> list[list[int | None]]:
    """Move a window over padding and input, place by place, until it leaves the padding behind.

    Returns:
        For each output place what its taps meet: an input place, which may lie beyond the edges, or None between two
        of an input that is spread out.
    """
    end = (window.input - 1) * window.spacing + 1 + window.after
    read: list[list[int | None]] = []
    first = -window.before
    while first + window.dilation * (window.size - 1) < end:
        positions = [first + tap * window.dilation for tap in range(window.size)]
        read.append([None if at % window.spacing else at // window.spacing for at in positions])
        first += window.stride
    return read


def pairs(window: Window) -> set[tuple[int, int, int]]:
    """Return every output place, tap and real input place that come together."""
    return {
        (place, tap, at)
        for place, taps in enumerate(slide(window))
        for tap, at in enumerate(taps)
        if at is not None and 0 <= at < window.input
    }


@st.composite
def windows(draw: st.DrawFn, spacing: st.SearchStrategy[int] = few) -> Window:
    length, size, stride, dilation, before, after = (draw(numbers) for numbers in (few, few, few, few, sides, sides))
    window = Window(length, size, stride, dilation, before, after, draw(spacing))
    assume(before + (length - 1) * window.spacing + 1 + after >= window.extent)
    return window


@given(windows())
def test_it_says_what_the_loop_finds(window: Window) -> None:
    read = slide(window)
    assert window.output == len(read)
    for place, taps in enumerate(read):
        assert list(window.taps(place)) == [(tap, at) for tap, at in enumerate(taps) if at is not None]


@given(windows())
def test_turned_around_it_pairs_the_same_places(window: Window) -> None:
    turned = window.transposed()
    assert (turned.input, turned.output) == (window.output, window.input)
    assert pairs(turned) == {(at, window.size - 1 - tap, place) for place, tap, at in pairs(window)}
    back = turned.transposed()
    assert back._replace(after=0, pads=True) == window._replace(after=0)
    assert back.output == window.output


@given(windows(st.just(1)), st.data())
def test_what_is_never_real_can_be_left_out(window: Window, data: st.DataObject) -> None:
    read, found, (trimmed, taps) = slide(window), pairs(window), window.trimmed()
    places = [at for met in read for at in met if at is not None]
    assert window.span == max(places) - min(places) + 1
    assert window.beyond == (-min(places), max(places) + 1 - window.input)
    assert trimmed.output == window.output
    assert trimmed.beyond == (trimmed.before, trimmed.after)
    assert {(place, taps[tap], at) for place, tap, at in pairs(trimmed)} == found
    first = data.draw(st.integers(0, window.output - 1))
    count = data.draw(st.integers(1, window.output - first))
    for tap in range(window.size):
        outputs, inputs = window.meeting(tap, first, count)
        met = zip(range(first, first + count)[outputs], range(window.input)[inputs], strict=True)
        assert set(met) == {(place, at) for place, by, at in found if by == tap and first <= place < first + count}
    assert [window.listed(place) for place in range(window.output)] == read
