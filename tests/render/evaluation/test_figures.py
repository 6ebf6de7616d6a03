from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure

from cnnviz.render.evaluation.figures import confusion_figure, examples_figure
from cnnviz.render.evaluation.model import Evaluation
from cnnviz.render.kit.figures import encode_figure

Make = Callable[..., Evaluation]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_the_matrix_shows_counts_and_parts_of_rows(pets: Evaluation) -> None:
    figure = confusion_figure(pets)
    axes = figure.axes[0]
    assert sorted(map(int, texts(figure))) == sorted(pets.confusion()[pets.confusion() > 0])
    right, wrong = (image.get_array() for image in axes.images)
    shares, diagonal = pets.confusion() / [[4], [4], [4]], np.eye(3, dtype=bool)
    np.testing.assert_array_equal(np.where(diagonal, right.filled(0), wrong.filled(0)), shares)
    assert right.mask[~diagonal].all() and wrong.mask[diagonal].all()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog", "fish"]
    assert axes.get_title() == "pets: 66.67 % of 12 right"


def test_mistakes_have_a_scale_of_their_own_that_ends_at_the_most_frequent(make_evaluation: Make) -> None:
    truth = np.repeat([0, 1], 1000)
    taken = truth.copy()
    taken[:2] = 1
    right, wrong = confusion_figure(make_evaluation(truth, taken, np.ones(2000), classes=("a", "b"))).axes[0].images
    assert right.get_clim() == (0, 1) and wrong.get_clim() == (0, 0.002)
    color = wrong.to_rgba(wrong.get_array())[0, 1]
    assert color[1] < 0.2, "two of a thousand are as red as can be"


def test_without_a_mistake_there_is_one_scale(make_evaluation: Make) -> None:
    figure = confusion_figure(make_evaluation([0, 1], [0, 1], [1.0, 1.0], classes=("a", "b")))
    assert len(figure.axes[0].images) == 1


def test_a_class_without_examples_and_names_of_any_letters(make_evaluation: Make) -> None:
    evaluation = make_evaluation([0, 0], [0, 1], [0.5, 0.5], classes=("$x^", "猫", "fish"), name="$")
    assert encode_figure(lambda: confusion_figure(evaluation), ".png")


def test_of_many_classes_only_colours_are_drawn(make_evaluation: Make) -> None:
    labels = np.arange(61)
    figure = confusion_figure(make_evaluation(labels, labels, np.ones(61), classes=tuple(map(str, labels))))
    assert texts(figure) == []


def test_examples_have_captions_in_their_order(pets: Evaluation) -> None:
    chosen = pets.worst()[:9]
    pictures = [np.full((4, 5), 20 * number, np.uint8) for number in range(8)] + [np.zeros((4, 5, 3), np.uint8)]
    figure = examples_figure([pets.guess(index) for index in chosen], pictures, "the worst first")
    drawn = [axes for axes in figure.axes if axes.images]
    np.testing.assert_array_equal([axes.images[0].get_array().max() for axes in drawn], [*range(0, 160, 20), 0])
    assert drawn[0].get_title() == "fish taken for cat\n50.0 %, example 106"
    assert drawn[4].get_title() == "fish\n37.5 %, example 109"
    assert drawn[0].title.get_color() != drawn[4].title.get_color()


def test_a_long_name_is_cut(make_evaluation: Make) -> None:
    names = ("a name of many letters", "b")
    guess = make_evaluation([0], [1], [0.2], classes=names).guess(0)
    figure = examples_figure([guess], [np.zeros((4, 4), np.uint8)], "one")
    assert figure.axes[0].get_title().startswith("a name of... taken for b\n")


@pytest.mark.parametrize(
    ("suffix", "start"),
    [(".png", b"\x89PNG"), pytest.param(".SVG", b"<?xml", marks=pytest.mark.slow), (".pdf", b"%PDF")],
)
def test_the_same_figure_gives_the_same_bytes(pets: Evaluation, suffix: str, start: bytes) -> None:
    first, second = (encode_figure(lambda: confusion_figure(pets), suffix) for _ in range(2))
    assert first == second
    assert first.startswith(start)
