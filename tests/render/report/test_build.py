from __future__ import annotations

import msgspec
import numpy as np
import pytest

from cnnviz.render.report.build import in_use
from cnnviz.render.report.model import Report
from cnnviz.render.scaling import ScaleBy, ranges
from cnnviz.render.statistics import measure

LAYER_KEYS = [
    "index",
    "name",
    "type",
    "inputs",
    "output_shape",
    "weights",
    "params",
    "macs",
    "receptive_field",
    "formula",
]


def plain(report):
    return msgspec.to_builtins(report)


def test_keys_of_shapes_alone(shapes):
    data = plain(shapes)
    assert list(data) == ["schema_version", "name", "seed", "dtype", "input", "layers", "totals"]
    assert list(data["input"]) == ["shape"]
    assert all([key for key in layer if key != "variant"] == LAYER_KEYS for layer in data["layers"])
    assert list(data["totals"]) == ["params", "macs"]


def test_keys_with_pixels(pixels):
    data = plain(pixels)
    assert list(data) == [
        "schema_version",
        "name",
        "seed",
        "dtype",
        "digest",
        "input",
        "weights_sha256",
        "layers",
        "totals",
    ]
    assert list(data["input"]) == ["file", "shape", "pixels_sha256"]
    for layer in data["layers"]:
        assert {*LAYER_KEYS, "stats", "notes", "sheet", "maps", "shown"} <= set(layer)
        assert list(layer["stats"]) == ["min", "max", "mean", "std", "zero_fraction", "nonfinite"]


def test_pixels_change_nothing_else(shapes, pixels):
    for before, after in zip(plain(shapes)["layers"], plain(pixels)["layers"], strict=True):
        assert {key: after[key] for key in before} == before | {"weights": after["weights"]}


def test_where_weights_come_from(shapes, pixels):
    assert [layer.weights for layer in shapes.layers] == ["initialised", None, None, None, "initialised"]
    assert [layer.weights for layer in pixels.layers] == ["file", None, None, None, "initialised"]


def test_receptive_fields(branching, shapes):
    fields = [layer["receptive_field"] for layer in plain(branching)["layers"]]
    assert fields[0] == {"size": (9, 9), "stride": (1, 1), "start": (-4, -4)}
    assert fields[3]["stride"] == (0.5, 0.5)
    assert fields[5] == {"size": (480, 640), "stride": None, "start": (0, 0)}
    assert plain(shapes)["layers"][0]["receptive_field"]["stride"] == (2, 2)


def test_totals(deep):
    assert deep.totals.params == 138_357_544
    assert deep.totals.macs == 15_470_264_320


def test_pictures(pixels):
    assert [picture.path for picture in pixels.layers[0].pictures()] == [
        "01_conv_1.png",
        "01_conv_1/000.png",
        "01_conv_1/001.png",
    ]


@pytest.mark.parametrize(
    ("scale_by", "key", "expected"),
    [
        ("layer", "range", (-1.0, 3.0)),
        ("symmetric", "range", (-3.0, 3.0)),
        ("fixed:0:0.123456789012", "range", (0.0, 0.123456789012)),
        ("map", "ranges", ((-1.0, 0.0), (0.33333333, 0.66666667))),
        ("percentile:20:50", "range", (0.0, 0.5)),
        ("map-percentile:0:50", "ranges", ((-1.0, -0.5), (0.33333333, 0.5))),
    ],
)
def test_the_range_in_use(scale_by, key, expected):
    array = np.array([[[-1.0, 1 / 3, 3], [0.0, 2 / 3, 3]]])
    statistics = measure(array)
    assert in_use(ranges(statistics, ScaleBy.parse(scale_by), array), statistics, 2) == {"shown": 2, key: expected}


def test_a_report_can_be_read_back(shapes, pixels, branching):
    for report in (shapes, pixels, branching):
        assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
