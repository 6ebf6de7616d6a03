from __future__ import annotations

import msgspec
import pytest

from cnnviz.render.comparison.model import Fact, Limits
from cnnviz.render.report.model import Report
from cnnviz.workflows.compare.reports import compare_reports, merge_reports

FIELD = {"size": [3, 3], "stride": [1, 1], "start": [0, 0]}
STATS = {"min": -1.0, "max": 3.0, "mean": 0.5, "std": 1.0, "zero_fraction": 0.25, "nonfinite": 0}


def report(*layers: dict, shape: tuple[int, ...] = (8, 8, 1)) -> Report:
    made = []
    for i, change in enumerate(layers, 1):
        layer = {
            "index": i, "name": f"l{i}", "type": "ReLU", "inputs": ["input"], "output_shape": [8, 8, 2],
            "weights": None,
            "params": 0, "macs": 10, "receptive_field": FIELD, "formula": [], "stats": STATS,
            "ranges": [[-1.0, 3.0], [0.0, 1.0]], "notes": [],
        }  # fmt: skip
        made.append(layer | change)
    document = {
        "name": "x", "seed": 0, "dtype": "float64", "digest": "d", "input": {"file": "x.png", "shape": shape},
        "layers": made, "totals": {"params": 0, "macs": 10 * len(made)},
    }  # fmt: skip
    return msgspec.convert(document, Report)


def test_the_same_reports_have_no_facts():
    assert compare_reports(report({}, {}), report({}, {}), {"l1", "l2"}, Limits()) == {}


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"output_shape": [8, 8, 3]}, Fact("output_shape", "8x8x2", "8x8x3")),
        ({"params": 7}, Fact("params", "0", "7")),
        ({"macs": 7}, Fact("macs", "10", "7")),
        ({"type": "ELU"}, Fact("type", "ReLU", "ELU")),
        ({"inputs": ["a", "b\n"]}, Fact("inputs", "input", "a, b\\n")),
        ({"formula": ["1 = 1"]}, Fact("formula", "none", "1 = 1")),
        ({"stats": STATS | {"mean": 0.6}}, Fact("stats.mean", "0.5", "0.6")),
        ({"stats": STATS | {"min": None}}, Fact("stats.min", "-1.0", "None")),
        ({"stats": STATS | {"nonfinite": 1}}, Fact("stats.nonfinite", "0", "1")),
        ({"stats": STATS | {"zero_fraction": 0.3}}, Fact("stats.zero_fraction", "0.25", "0.3")),
        ({"ranges": [[-1.0, 3.0], [0.0, 1.1]]}, Fact("ranges[1]", "0.0, 1.0", "0.0, 1.1")),
    ],
)
def test_each_difference_is_a_fact(change, fact):
    found = compare_reports(report({}, {}), report({}, change), {"l1", "l2"}, Limits())
    assert found == {(2, "l2"): (fact,)}


def test_statistics_are_left_out_where_the_pixels_differ():
    other = report({"stats": STATS | {"mean": 9.0}, "ranges": [[0.0, 1.0], [0.0, 1.0]]})
    assert compare_reports(report({}), other, set(), Limits()) == {}


def test_tolerance_is_relative_and_of_the_range():
    other = report({"stats": STATS | {"max": 3.003, "mean": 0.5039}})
    assert compare_reports(report({}), other, {"l1"}, Limits(atol=1e-3, rtol=0)) == {}
    found = compare_reports(report({}), other, {"l1"}, Limits(atol=0, rtol=1.1e-3))
    assert [fact.field for fact in found[1, "l1"]] == ["stats.mean"]


def test_layers_and_the_input_may_differ():
    found = compare_reports(report({}, {}), report({}, {"name": "new"}, shape=(9, 8, 1)), set(), Limits())
    assert found == {
        (0, "input"): (Fact("shape", "8x8x1", "9x8x1"),),
        (2, "l2"): (Fact("layer", "ReLU", "none"),),
        (2, "new"): (Fact("layer", "none", "ReLU"),),
    }


def test_a_merged_report_adds_up_and_has_no_digest():
    merged = merge_reports("x", report({}, {}), report({"macs": 5}, {"macs": 6}), lambda name: name == "l2")
    assert [layer.macs for layer in merged.layers] == [10, 6]
    assert merged.totals.macs == 16
    assert merged.digest is msgspec.UNSET
