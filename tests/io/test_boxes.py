"""Letters that are drawn as boxes are kept for whoever asked, no longer and for nobody else."""

from __future__ import annotations

from cnnviz.io.boxes import Boxes, note_boxes


def test_the_innermost_block_has_what_is_drawn_in_it() -> None:
    note_boxes("a")
    with Boxes() as outer:
        note_boxes("bc")
        with Boxes() as inner:
            note_boxes("dd")
        note_boxes("b")
    note_boxes("e")
    assert (outer.letters, inner.letters) == ("bc", "d")


def test_few_of_many_letters_are_named() -> None:
    with Boxes() as boxes:
        note_boxes("")
    assert boxes.remark() == ""
    boxes.add("\u732b\ue000")
    assert boxes.remark().endswith("boxes: \u732b (CJK UNIFIED IDEOGRAPH-732B), \ue000 (U+E000)")
    boxes.add(map(chr, range(0xE001, 0xE010)))
    assert boxes.remark().endswith("\ue003 (U+E003) and others")
