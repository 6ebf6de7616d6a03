from __future__ import annotations

import json

import msgspec
import pytest

from cnnviz.render.report.json import to_json


@pytest.mark.parametrize("name", ["shapes", "pixels", "branching"])
def test_golden(name, request, golden):
    golden(f"report_{name}.json", to_json(request.getfixturevalue(name)).decode())


def test_says_what_the_report_holds(pixels):
    assert json.loads(to_json(pixels)) == json.loads(msgspec.json.encode(pixels))


def test_layout(pixels):
    text = to_json(pixels).decode()
    assert text.endswith("}\n") and not text.endswith("\n\n")
    assert '"output_shape": [49, 61, 3],\n' in text
    assert max(map(len, text.splitlines())) < 200
    assert len(text.splitlines()) < 120
