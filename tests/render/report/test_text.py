from __future__ import annotations

import re

from cnnviz.render.report.text import WIDTH, to_text
from tests.helpers.rows import each

NAMES = ["shapes", "pixels", "branching", "deep"]


@each("name", NAMES)
def test_golden(name, request, golden):
    golden(f"report_{name}.txt", to_text(request.getfixturevalue(name)))


@each("name", NAMES)
def test_is_readable_at_100_columns(name, request):
    text = to_text(request.getfixturevalue(name))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert not re.search(r"[ \t]+$", text, re.MULTILINE)
    assert text.isascii()


@each("name", NAMES)
def test_sums_are_those_of_the_lines(name, request):
    report = request.getfixturevalue(name)
    head, _, *rows, _, total = to_text(report).split("\n\n")[1].splitlines()
    ends = [head.index(title) + len(title) for title in ("params", "MACs")]

    def counts(line):
        found = [re.search(r" ([\d,]+)$", line[:end]) for end in ends]
        return [int(cell[1].replace(",", "")) for cell in found] if all(found) else None

    layers = [numbers for row in rows if (numbers := counts(row))]
    assert len(layers) == len(report.layers)
    assert counts(total) == [sum(column) for column in zip(*layers, strict=True)]


def test_says_how_many_maps_are_shown(pixels):
    assert "2 of 3 shown" in to_text(pixels)
