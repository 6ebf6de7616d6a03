"""What is said of a sweep."""

from __future__ import annotations

import pytest

from cnnviz.render.scaling import ScaleBy
from cnnviz.render.statistics import Stats
from cnnviz.render.sweep import wording
from cnnviz.render.sweep.model import CombinationResult, LayerResult, SweepReport, SweptOption

SCALES = {
    ("layer", False, "gray"): "Each tile has its own scale: its smallest value is black, its largest white.",
    (
        "layer",
        False,
        "magma",
    ): "Each tile has its own scale: its smallest value is the first colour, its largest the last one.",
    ("map", False, "gray"): "Each map of each tile has its own scale: its smallest value is black, its largest white.",
    ("symmetric", False, "gray"): "Each tile has its own scale: zero is the middle, the largest magnitude an end.",
    ("fixed:0:255", False, "gray"): "One scale for all tiles: 0 to 255.",
    ("fixed:0:255", True, "gray"): "One scale for all tiles: 0 to 255.",
    ("layer", True, "gray"): "One scale for all tiles: -2 to 12345.7.",
    ("symmetric", True, "gray"): "One scale for all tiles: -2 to 12345.7, zero in the middle.",
}


@pytest.mark.parametrize("case", SCALES, ids=str)
def test_the_scale_is_said(case: tuple[str, bool, str]) -> None:
    mode, common, colormap = case
    assert wording.scale(ScaleBy.parse(mode), common, colormap, [(-2.0, 12345.678)]) == SCALES[case]


def test_the_scale_of_maps_is_said() -> None:
    said = wording.scale(ScaleBy("map"), True, "gray", [(0.0, 1.0), (0.0, 2.0)])
    assert said == "Each map has one scale in all tiles: its smallest value is black, its largest white."


def combination(values: tuple[str, ...], message: str = "", bad: int = 0) -> CombinationResult:
    stats = Stats(min=0.0, max=1.0, mean=0.5, std=0.1, zero_fraction=0.25, nonfinite=bad)
    layer = LayerResult(
        index=1, name="c", type="Conv2D", output_shape=(2, 3, 1), params=1, stats=stats, saturated=None, ranges=None
    )
    return CombinationResult(
        values=values,
        arguments=(),
        seed=0,
        input_shape=(3, 4, 1),
        status="failed" if message else "ok",
        message=message,
        layers=(layer,),
    )


def report(*combinations: CombinationResult) -> SweepReport:
    return SweepReport(
        name="s",
        file="f",
        dtype="float64",
        scale="each",
        scale_by="layer",
        colormap="gray",
        options=(
            SweptOption(option="--a", name="a", values=("1", "2")),
            SweptOption(option="--b", name="b", values=("x", "y")),
        ),
        layers_asked=4,
        layers_computed=3,
        layers=(),
        combinations=combinations,
    )


def test_those_that_fail_alike_are_told_together() -> None:
    ok = combination(("1", "x"))
    found = report(ok, combination(("1", "y"), "bad"), combination(("2", "x"), "worse"), combination(("2", "y"), "bad"))
    assert wording.failures(found) == [("b y", "bad"), ("a 2, b x", "worse")]
    found = report(combination(("1", "x"), "bad"), ok, ok, combination(("2", "y"), "bad"))
    assert wording.failures(found) == [("a 1, b x; a 2, b y", "bad")]


def test_facts_beneath_a_tile() -> None:
    layer = combination(("1", "x"), bad=3).layers[0]
    assert wording.facts(layer) == "2x3x1, 25.0 % zeros, 3 not finite"
    assert wording.facts(layer, shape=False) == "25.0 % zeros, 3 not finite"
