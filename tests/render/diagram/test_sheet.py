"""A picture of a network: every layer once, words inside their boxes and never over each other, all on the page."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import combinations, product
from xml.etree import ElementTree

from cnnviz.render.diagram.chains import chains_of
from cnnviz.render.diagram.families import DARK, LIGHT
from cnnviz.render.diagram.folding import fold
from cnnviz.render.diagram.marks import Drawing, Outline, Words
from cnnviz.render.diagram.sheet import Look, draw
from cnnviz.render.diagram.svg import to_svg
from cnnviz.render.kit.canvas import Box
from tests.helpers.rows import each
from tests.render.diagram.networks import FORMS, parts

STACKS = [*FORMS, "lenet5"]
LOOKS = [
    Look(style, aspect, bare, fold, costs)
    for style, (aspect, bare, fold, costs) in product(
        ("blocks", "graph"),
        ((16 / 9, False, False, False), (0.7, True, True, True)),
    )
]


@cache
def drawn_as(form: str, look: Look) -> Drawing:
    return draw(form, parts(form), look)


def name_of(look: Look) -> str:
    return f"{look.style}-{look.aspect:.1f}-{look.fold}"


@each("form", STACKS)
@each("look", LOOKS, ids=name_of)
def test_every_layer_is_drawn_once_or_stands_behind_one_that_repeats(form: str, look: Look) -> None:
    found = parts(form)
    repeats = fold(chains_of(found)).repeats if look.fold else []
    drawn = Counter(group.target for group in drawn_as(form, look).groups if group.target)
    hidden = [part.name for repeat in repeats for chain in repeat.hidden for part in chain.parts]
    assert drawn + Counter(hidden) == Counter(part.name for part in found)


@each("form", STACKS)
@each("look", LOOKS, ids=name_of)
def test_words_are_on_the_page_and_never_over_each_other(form: str, look: Look) -> None:
    drawing = drawn_as(form, look)
    page = Box(0, 0, drawing.width, drawing.height)
    words = [mark for group in drawing.groups for mark in group.marks if isinstance(mark, Words)]
    assert words
    for word in words:
        assert inside(word.box, page), word
    for one, other in combinations(words, 2):
        assert not overlap(one.box, other.box), (one, other)
    for group in drawing.groups:
        for mark in group.marks:
            if isinstance(mark, Outline):
                assert inside(bounds(mark), page)


@each("form", STACKS)
@each("aspect, costs", [(16 / 9, False), (0.5, True)])
def test_words_of_a_graph_are_inside_their_boxes(form: str, aspect: float, costs: bool) -> None:
    drawing = draw(form, parts(form), Look("graph", aspect=aspect, costs=costs, fold=False))
    for group in drawing.groups:
        if group.target:
            box = bounds(next(mark for mark in group.marks if isinstance(mark, Outline)))
            for mark in group.marks:
                if isinstance(mark, Words):
                    assert inside(mark.box, box), (mark, box)


@each("form", STACKS)
def test_an_svg_is_one_and_says_what_is_drawn(form: str) -> None:
    drawing = draw('a <name> & "more"\N{SNOWMAN}\x00', parts(form), Look(fold=False))
    for theme in (LIGHT, DARK):
        text = to_svg(drawing, theme.colours())
        root = ElementTree.fromstring(text)
        titles = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}title")]
        assert titles[0].startswith('a <name> & "more"\N{SNOWMAN} ')
        assert {part.title for part in parts(form)} <= set(titles)
        assert to_svg(draw('a <name> & "more"\N{SNOWMAN}\x00', parts(form), Look(fold=False)), theme.colours()) == text


@each("aspect", [16 / 9, 1.0, 0.5])
def test_a_page_has_the_shape_that_is_asked_for(aspect: float) -> None:
    drawing = draw("vgg16", parts("vgg16"), Look(aspect=aspect))
    assert abs(drawing.width / drawing.height - aspect) < 1e-9


def test_letters_of_a_small_network_can_be_read_on_a_slide() -> None:
    for form, style in product(("lenet5", "walkthrough", "single"), ("blocks", "graph")):
        drawing = draw(form, parts(form), Look(style))
        assert (drawing.width, drawing.height) == (1920, 1080)
        assert smallest(drawing) >= 16


def test_a_large_network_is_folded_on_a_slide_and_whole_on_demand() -> None:
    from tests.render.diagram.networks import residual

    FORMS["deep"] = list(residual(30))
    try:
        found = parts("deep")
        folded, whole = draw("deep", found, Look()), draw("deep", found, Look(fold=False))
        assert any(mark.text == "\N{MULTIPLICATION SIGN}30" for mark in marks(folded))
        assert len(folded.groups) < len(whole.groups) / 4
        assert whole.scale > 1
        # Whatever the page's size, letters have their size when it is shown with a pixel a unit.
        assert smallest(whole) * whole.scale >= 11
    finally:
        del FORMS["deep"]


def marks(drawing: Drawing) -> list[Words]:
    """Return all words of a drawing."""
    return [mark for group in drawing.groups for mark in group.marks if isinstance(mark, Words)]


def smallest(drawing: Drawing) -> float:
    """Return the size of the smallest letters."""
    return min(mark.size for mark in marks(drawing))


def bounds(outline: Outline) -> Box:
    """Return the box around an outline."""
    points = [outline.start, *(point for piece in outline.pieces for point in piece)]
    left, top = (min(point[axis] for point in points) for axis in (0, 1))
    return Box(left, top, max(point[0] for point in points) - left, max(point[1] for point in points) - top)


def inside(inner: Box, outer: Box) -> bool:
    """Whether a box lies in another."""
    near = 0.01
    return (
        inner.left >= outer.left - near
        and inner.top >= outer.top - near
        and inner.right <= outer.right + near
        and inner.bottom <= outer.bottom + near
    )


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return (
        min(one.right, other.right) - max(one.left, other.left) > 0.01
        and min(one.bottom, other.bottom) - max(one.top, other.top) > 0.01
    )
