"""The curves of a training are drawn from what they are given."""

from __future__ import annotations

import pytest

from cnnviz.render.curves import Curve, curves_figure
from cnnviz.render.kit.figures import encode_figure


def test_two_plots_with_two_curves_each() -> None:
    figure = curves_figure("a $ stack", Curve([0.5, 0.75], [0.25, 0.5]), Curve([2.0, 1.0], [3.0, 2.5]))
    accuracy, loss = figure.axes
    assert (accuracy.get_title(), loss.get_title()) == ("accuracy", "loss")
    for axes, values in ((accuracy, ([0.5, 0.75], [0.25, 0.5])), (loss, ([2.0, 1.0], [3.0, 2.5]))):
        for line, expected in zip(axes.lines, values, strict=True):
            assert list(line.get_xdata()) == [1, 2]
            assert list(line.get_ydata()) == expected
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "validation"]


def test_without_validation_there_is_one_curve_that_says_what_it_is() -> None:
    figure = curves_figure("stack", Curve([0.5], []), Curve([2.0], []))
    for axes in figure.axes:
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training"] and len(axes.lines) == 1


def test_one_epoch_is_epoch_1() -> None:
    figure = curves_figure("stack", Curve([0.5], []), Curve([2.0], []))
    figure.draw_without_rendering()
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["0", "1", "2"]


@pytest.mark.slow
def test_the_same_curves_give_the_same_file() -> None:
    files = {
        encode_figure(lambda: curves_figure("stack", Curve([0.5], []), Curve([2.0], [])), ".svg") for _ in range(2)
    }
    assert len(files) == 1


@pytest.mark.parametrize(
    "losses",
    [
        [float("nan"), 1.0],
        [1e308, 1e308],
        *(
            pytest.param(losses, marks=pytest.mark.slow)
            for losses in ([0.0], [0.0, -0.0], [float("nan")], [float("inf"), 1.0], [5e-324])
        ),
    ],
)
def test_any_losses_can_be_drawn(losses: list[float]) -> None:
    assert encode_figure(lambda: curves_figure("stack", Curve([1.0] * len(losses), []), Curve(losses, losses)), ".png")
