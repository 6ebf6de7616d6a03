"""Text is cut and wrapped to the room that there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.kit.lettering import shortened, text_width, wrapped


@given(st.text(max_size=60), st.integers(0, 300))
def test_text_is_cut_to_its_room(text: str, room: int) -> None:
    cut = shortened(text, room, 14)
    assert cut == text or (cut.endswith("…") and (text_width(cut, 14) <= room or cut == "…"))


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=9), max_size=30), st.integers(1, 5))
def test_text_is_wrapped_into_so_many_lines(words: list[str], lines: int) -> None:
    text = " ".join(words)
    found = wrapped(text, 120, 13, lines)
    assert len(found) <= lines
    assert all(text_width(line, 13) <= 120 for line in found)
    joined = " ".join(found)
    assert joined == text or (joined.endswith("…") and text.startswith(joined[:-1].rstrip()))
