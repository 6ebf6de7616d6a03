from __future__ import annotations

import pytest

from cnnviz.render.report import wording


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0, "0 %"), (1, "100 %"), (0.5, "50.0 %"), (1e-9, "0.1 %"), (1 - 1e-9, "99.9 %"), (0.1234, "12.3 %")],
)
def test_percent(fraction, text):
    assert wording.percent(fraction) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((-1.25, 3.0), "-1.25 to 3"),
        ((2.5, 2.5), "constant 2.5"),
        ((0.0, 0.0), "constant 0"),
        ((None, None), "nothing finite"),
        ((1234567.0, 2e-9), "1.23457e+06 to 2e-09"),
    ],
)
def test_ends(value, text):
    assert wording.ends(value) == text


def test_many_maps_are_cut(pixels):
    layer = pixels.layers[0]
    assert wording.map_ranges(layer) == ["0: -6.25 to 6.25", "1: -6.25 to 6.25"]
    assert wording.map_ranges(layer, 1) == ["0: -6.25 to 6.25", "1 more in report.json"]


def test_about(shapes, pixels):
    assert wording.about(shapes) == "input 97x121x3, 5 layers, seed 7, float64"
    assert "weights of 1 of 2 layers from a file, the others from seed 3" in wording.about(pixels)
