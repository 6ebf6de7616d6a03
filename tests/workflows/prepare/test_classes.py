"""Labels go by names wherever both sides have them, and nothing shifts in silence."""

from __future__ import annotations

from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import DataError
from cnnviz.io.datasets.examples import Examples
from cnnviz.workflows.prepare.classes import Naming, match_classes
from tests.helpers.rows import each

PETS = ("dog", "bird", "cat")


def data(*classes: str, labels: list[int] | None = None) -> Examples:
    numbers = np.array(list(range(len(classes))) if labels is None else labels)
    return Examples(np.zeros((len(numbers), 2, 2), np.uint8), numbers, classes or None, "pets")


def stack(*names: str) -> Naming:
    return Naming(names, "the stack", binding=False)


def trained(*names: str) -> Naming:
    return Naming(names, "the training of w.h5", binding=True)


@given(st.lists(st.text("abcXYZ01é", min_size=1, max_size=3), min_size=1, max_size=6, unique=True), st.data())
def test_a_name_is_the_same_class_on_both_sides(names: list[str], drawn: st.DataObject) -> None:
    some = sorted(drawn.draw(st.sets(st.sampled_from(names), min_size=1)))
    labels = drawn.draw(st.lists(st.integers(0, len(some) - 1), min_size=1, max_size=9))
    naming = drawn.draw(st.sampled_from([stack, trained]))(*names)
    remarks: list[str] = []
    found = match_classes(data(*some, labels=labels), [naming], len(names), remarks)
    assert [names[label] for label in found.labels] == [some[label] for label in labels]
    assert found.classes == tuple(names) and not remarks


@each(
    ("theirs", "names"),
    [
        (("Cat", "DOG"), ("dog", "cat")),
        ((normalize("NFD", "café"), "tea"), ("tea", normalize("NFC", "café"))),
        (("STRASSE", "weg"), ("weg", "straße")),
        (("b", "B"), ("B", "b")),
    ],
)
def test_case_and_the_way_accents_are_written_do_not_matter_unless_they_do(
    theirs: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert match_classes(data(*theirs), [trained(*names)], 2, []).labels.tolist() == [1, 0]


def test_the_first_that_knows_all_names_decides() -> None:
    namings = [stack("zero", "one", "two"), trained("c", "b", "a")]
    assert match_classes(data("a", "c"), namings, 3, []).labels.tolist() == [2, 0]
    assert match_classes(data("one", "two"), namings, 3, []).labels.tolist() == [1, 2]


@each(
    ("theirs", "naming", "message"),
    [
        (
            ("bird", "fish"),
            trained(*PETS),
            r"has the class fish, which the training of w\.h5 lacks \(dog, bird",
        ),
        (("cow", "fish", "hen"), trained(*PETS), "pets has the classes cow, fish, hen, which"),
        (("bird", "cow", "dog"), stack(*PETS), "has the class cow, which the stack lacks"),
        (("cow", "fish"), stack(*PETS), "has the classes cow, fish, which the stack lacks"),
        (("crane", "heron"), stack("crane", "crane", "heron"), "crane, heron, not each a name of its own"),
        (("a", "A", "b"), stack("a", "b", "c"), "not each a name of its own"),
    ],
)
def test_a_class_that_nobody_knows_is_an_error(theirs: tuple[str, ...], naming: Naming, message: str) -> None:
    with pytest.raises(DataError, match=message):
        match_classes(data(*theirs), [naming], 3, [])


@each("names", [("a", "b", "c"), ("a", "bird", "c")])
def test_as_many_other_names_may_stand_for_those_of_a_stack(names: tuple[str, ...]) -> None:
    remarks: list[str] = []
    examples = data("ant", "bird", "cow")
    assert match_classes(examples, [stack(*names)], 3, remarks) is examples
    assert remarks == [f"pets has the classes ant, bird, cow, the stack {', '.join(names)}: matched by their order"]
    with pytest.raises(DataError):
        match_classes(examples, [stack(*names), trained("x", "y", "z")], 3, [])


def test_where_nobody_names_the_units_it_is_said_what_follows() -> None:
    remarks: list[str] = []
    examples = data("cat", "dog")
    assert match_classes(examples, [], 3, remarks) is examples
    assert (
        "numbered in the order of their names, 0 cat, 1 dog; the stack ends in 3 scores; if a class is missing"
        in (remarks[0])
    )
    # Those to train on say themselves what a unit is to be.
    for units, said in ((2, 0), (3, 1)):
        remarks.clear()
        match_classes(examples, [], units, remarks, defines=True)
        assert len(remarks) == said
    with pytest.raises(DataError, match=r"\(the stack ends in 1 scores\) has 2 classes: cat, dog"):
        match_classes(examples, [], 1, [])


def test_numbers_are_the_names_of_units_without_names() -> None:
    remarks: list[str] = []
    found = match_classes(data("10", "3", "7"), [], 12, remarks)
    assert found.labels.tolist() == [10, 3, 7]
    assert remarks == ["pets has 3 classes, the stack ends in 12 scores: matched by their numbers"]


def test_labels_without_names() -> None:
    examples, remarks = data(labels=[0, 9, 1]), list[str]()
    assert match_classes(examples, [stack(*"0123456789")], 10, remarks) is examples and not remarks
    match_classes(examples, [trained(*"abcdefghij")], 10, remarks)
    assert remarks[0].startswith("pets names no classes: its labels are taken for 0 a, 1 b, 2 c")
    with pytest.raises(DataError, match=r"pets \(the stack ends in 9 scores\): example 1 has the label 9; there are 9"):
        match_classes(examples, [], 9, [])
    with pytest.raises(DataError, match="subtract 1"):
        match_classes(data(labels=[1, 2, 3]), [], 3, [])
