"""Text is cut and wrapped to the room that there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.kit.lettering import in_visual_order, numbered, shortened, text_width, wrapped
from tests.helpers.rows import each


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


@each(
    ("typed", "drawn"),
    [
        ("cat, 3 \u732b", "cat, 3 \u732b"),
        ("\u05d0\u05d1\u05d2", "\u05d2\u05d1\u05d0"),
        ("a \u05d0\u05d1 \u05d2\u2026", "a \u2026\u05d2 \u05d1\u05d0"),
        ("\u05d0\u05d1 b \u05d2\u05d3", "\u05d1\u05d0 b \u05d3\u05d2"),
        ("\u05d0\u05b8\u05d1", "\u05d1\u05d0\u05b8"),
    ],
)
def test_scripts_that_run_to_the_left_are_drawn_so(typed: str, drawn: str) -> None:
    assert in_visual_order(typed) == drawn


def test_names_in_letters_that_the_font_lacks_have_their_number() -> None:
    assert [numbered(name, 3) for name in ("cat", "chat d'\u00e9t\u00e9", "\u732b")] == [
        "cat",
        "chat d'\u00e9t\u00e9",
        "3: \u732b",
    ]
