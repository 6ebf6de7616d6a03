from __future__ import annotations

from cnnviz.render.report import wording


def test_many_maps_are_cut(pixels):
    layer = pixels.layers[0]
    assert wording.map_ranges(layer) == ["0: -6.25 to 6.25", "1: -6.25 to 6.25"]
    assert wording.map_ranges(layer, 1) == ["0: -6.25 to 6.25", "1 more in report.json"]


def test_about(shapes, pixels):
    assert wording.about(shapes) == "input 97x121x3, 5 layers, seed 7, float64"
    assert "weights of 1 of 2 layers from a file, the others from seed 3" in wording.about(pixels)
