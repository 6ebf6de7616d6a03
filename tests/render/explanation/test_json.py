from __future__ import annotations

import json

import numpy as np
import pytest

from cnnviz.render.explanation import json as module
from cnnviz.render.explanation.json import to_json
from cnnviz.workflows.explain.places import NamedPlace
from tests.helpers.explained import explained, ramp

CONV = {"type": "Conv2D", "name": "it", "filters": 2, "kernel_size": 3, "padding": "same", "bias_initializer": "ones"}


def document(*arguments, **options):
    return json.loads(to_json(explained(*arguments, **options)))


def test_the_value_follows_from_the_document_alone(tmp_path):
    found = document(tmp_path, [CONV], ramp(4, 5, 3), wanted=NamedPlace((0, 4), 1))
    (stage,) = found["stages"]
    (reads,) = stage["reads"]
    values, weights, products = (np.array(reads[name]) for name in ("values", "weights", "products"))
    np.testing.assert_allclose(values * weights, products)
    bias = stage["steps"][1]["operands"]["bias"]
    assert bias == 1
    assert found["value"] == pytest.approx(products.sum() + bias)
    assert found["forward"] == pytest.approx(found["value"])
    assert found["difference"] == abs(found["value"] - found["forward"])
    assert (reads["input"], reads["rows"], reads["columns"]) == ("input", [-1, 0, 1], [3, 4, 5])
    assert not np.array(reads["inside"])[0].any()


def test_it_says_what_is_explained_and_what_it_sees(tmp_path):
    found = document(tmp_path, [CONV], ramp(4, 5, 3), wanted=NamedPlace((0, 4), 1))
    assert found["layer"] == {
        "index": 1,
        "name": "it",
        "type": "Conv2D",
        "inputs": ["input"],
        "output_shape": [4, 5, 2],
    }
    assert (found["at"], found["channel"]) == ([0, 4], 1)
    assert found["receptive_field"] == {
        "rows": [-1, 1],
        "columns": [3, 5],
        "inside": {"rows": [0, 1], "columns": [3, 4]},
        "pixels": 4,
    }


def test_a_vector_has_a_unit_and_perhaps_a_class(tmp_path):
    layers = [{"type": "Flatten"}, {"type": "Dense", "name": "it", "units": 2}]
    found = document(tmp_path, layers, ramp(2, 2, 1), wanted=NamedPlace((1,)), classes=["cat", "dog"])
    assert (found["at"], found["unit"], found["class"]) == (None, 1, "dog")
    assert "channel" not in found


def test_the_winner_is_named_by_its_place(tmp_path):
    found = document(tmp_path, [{"type": "MaxPooling2D", "name": "it", "pool_size": 3}], ramp(3, 3, 1))
    (reads,) = found["stages"][0]["reads"]
    row, column, channel = reads["chosen"]
    assert reads["values"][row][column][channel] == found["value"] == 7


def test_what_is_not_finite_is_null(tmp_path):
    array = ramp(3, 3, 1)
    array[1, 1] = np.nan
    found = document(tmp_path, [{"type": "MaxPooling2D", "name": "it", "pool_size": 3}], array)
    assert found["value"] is None
    assert found["stages"][0]["reads"][0]["values"][1][1] == [None]


def test_numbers_beyond_all_measure_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST", 8)
    (reads,) = document(tmp_path, [{"type": "GlobalAveragePooling2D", "name": "it"}], ramp(3, 3, 1))["stages"][0][
        "reads"
    ]
    assert (reads["values"], reads["inside"], reads["rows"]) == (None, None, [0, 1, 2])
