"""A layer changed on a page is what a run makes of its YAML: the page's own script, without a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz
from cnnviz.ops.activations import ACTIVATIONS, ALIASES
from tests.helpers import edits

DENO = shutil.which("deno", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(DENO is None, reason="no deno is installed"),
]

EDITED = Path(__file__).with_name("edited.js").read_text().rstrip().removesuffix(";")

STUB = """
const parts = [...page.matchAll(/<script type="[^"]*" id="([^"]*)">([^]*?)<\\/script>/g)];
const texts = new Map(parts.map(([, id, textContent]) => [id, { textContent }]));
globalThis.document = { getElementById: (id) => texts.get(id) };
"""


def in_deno(page: Path, script: str, given: Any = None) -> Any:
    """Run a script after those of a page that draw nothing, and return what it gives."""
    text = page.read_text()
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)[-1]
    calculating = scripts[: scripts.index("// What one types into")]
    program = (
        f"const page = Deno.readTextFileSync({json.dumps(str(page))});\n{STUB}\n{calculating}\n"
        f"console.log(JSON.stringify(await ({script})({json.dumps(given)})));"
    )
    assert DENO is not None
    command = [DENO, "run", "--quiet", "--no-config", "--allow-read", "--ext=js", "-"]
    done = subprocess.run(command, input=program, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("case", edits.CASES, ids=lambda case: case.name)
def test_changed_layers_are_what_a_run_makes_of_their_yaml(case: edits.Case, tmp_path: Path) -> None:
    drawn = edits.draw(case, 20, seed=1)
    page = edits.write(case, tmp_path)
    found = in_deno(page, EDITED, drawn)
    computed = 0
    for edit, one in zip(drawn, found, strict=True):
        if "wrong" in one:
            edits.assert_refused(case, edit)
        elif not (one.get("hindrance") or one["unwritable"]):
            edits.assert_shown(case, edit, one)
            computed += 1
    assert computed >= 10


def test_weights_of_a_file_leave_a_changed_kernel_alone(tmp_path: Path) -> None:
    case = edits.CASES[0]
    network = cnnviz.run(case.image, case.stack, seed=9).network
    network.save_weights(tmp_path / "weights.h5")
    (edit,) = [one for one in edits.draw(case, 9, seed=1) if one["layer"] == "conv_2" and one["cells"]][:1]
    (found,) = in_deno(edits.write(case, tmp_path, weights=tmp_path / "weights.h5"), EDITED, [edit])
    edits.assert_shown(case, edit, found, weights=tmp_path / "weights.h5")


def test_rounding_errors_are_no_signal(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(-9, 9, (12, 14, 1)) / 10  # which the page has without rounding
    array[:6] = 0.1
    layers = [{"type": "Conv2D", "name": "conv", "filters": 1, "kernel_size": [1, 4], "kernel_initializer": "zeros"}]
    case = edits.Case("flat in part", {"name": "flat", "layers": layers}, array)
    plain = {"layer": "conv", "map": 0, "preset": None, "bias": None, "kind": None, "fields": {}}
    # In doubles, 0.7 - 0.5 - 0.2 is no zero.
    drawn = [{**plain, "cells": [[0, 0, None, "7"], [0, 1, None, "-5"], [0, 2, None, "-2"]]}]
    drawn += [{**drawn[0], "fields": {"activation": name}} for name in ("reciprocal", "log", "sqrt")]
    page = edits.write(case, tmp_path)
    for edit, one in zip(drawn, in_deno(page, EDITED, drawn), strict=True):
        edits.assert_shown(case, edit, one)
    array[:, ::2], array[:, 1::2] = 0.6, 0.2  # 0.6 + 0.2 + 0.6 + 0.2 is another double than 0.2 + 0.6 + 0.2 + 0.6
    page = edits.write(case, tmp_path)
    drawn = [{**plain, "cells": [[0, column, None, "1"] for column in range(4)]}]
    (one,) = in_deno(page, EDITED, drawn)
    edits.assert_shown(case, drawn[0], one)
    assert one["constant"]


def test_activations_are_those_of_a_run(tmp_path: Path) -> None:
    page = edits.write(edits.CASES[-1], tmp_path)
    sample = [*np.linspace(-40, 40, 4001), *(10.0 ** np.arange(-300, 300, 7)), *(-(10.0 ** np.arange(-300, 300, 7)))]
    tensor = np.array([*sample, np.nan, np.inf, -np.inf])
    script = """(values) => Object.fromEntries(Object.entries(BENT).map(([name, [bend, steepness]]) => [
      name, [[...values.map(Number), NaN, Infinity, -Infinity].map((x) => String(bend(x))), steepness]]))"""
    found = in_deno(page, script, [repr(float(x)) for x in sample])
    names = "(names) => names.map((name) => [BENT, SHARED].filter((known) => activationOf(name) in known).length)"
    assert set(in_deno(page, names, [*ACTIVATIONS])) == {1}
    assert found.keys() == {name for name, one in ACTIVATIONS.items() if not one.axes} - ALIASES.keys()
    for name, (texts, steepness) in found.items():
        activation = ACTIVATIONS[name]
        with np.errstate(all="ignore"):
            expected = activation.function(tensor.copy())
        shown = np.array([float(text.replace("Infinity", "inf")) for text in texts])
        np.testing.assert_allclose(shown, expected, rtol=1e-11, atol=1e-300, err_msg=name)
        if activation.slope is not None and steepness is not None:  # nor Infinity, which JSON has not
            slopes = np.empty(4001)
            source = expected if activation.slope_of_output else tensor
            activation.slope(source[:4001], slopes)
            assert abs(slopes).max() <= steepness, name
