from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from cnnviz import __version__
from cnnviz.cli._commands import cli, every_command
from cnnviz.config.schema import json_schema
from tests.helpers.commands import Outcome
from tests.helpers.rows import each

Invoke = Callable[..., Outcome]


def test_configs_lists_the_bundled_stacks_and_prints_one(cnnviz: Invoke, tmp_path: Path) -> None:
    listed = cnnviz("configs").out
    names = [line.split()[0] for line in listed.splitlines()]
    assert {"l3", "walkthrough", "vgg16", "lenet5", "conv_arithmetic"} <= set(names)
    assert all(len(line.split()) > 3 for line in listed.splitlines())
    (tmp_path / "mine.yaml").write_text(cnnviz("configs", "lenet5").out)
    assert "61,706" in cnnviz("shapes", "-c", "mine.yaml").out


def test_an_unknown_bundled_stack_names_the_nearest(cnnviz: Invoke) -> None:
    outcome = cnnviz("configs", "lenet")
    assert outcome.status == 2
    assert "did you mean `lenet5`" in outcome.err


def test_the_schema_is_one(cnnviz: Invoke) -> None:
    assert json.loads(cnnviz("schema").out) == json_schema()  # which tests/config/test_schema.py checks


def test_init_writes_a_file_that_runs_and_overwrites_none(cnnviz: Invoke, tmp_path: Path) -> None:
    assert cnnviz("init", "mine.yaml").status == 0
    assert cnnviz("run", "photo.png", "-c", "mine.yaml", "--max-side", 64).status == 0
    (tmp_path / "mine.yaml").write_text("precious")
    refused = cnnviz("init", "mine.yaml")
    assert refused.status == 4
    assert "exists already" in refused.err
    assert (tmp_path / "mine.yaml").read_text() == "precious"
    assert cnnviz("init", "mine.yaml", "--force").status == 0


def test_init_in_a_missing_folder_is_an_output_error(cnnviz: Invoke) -> None:
    assert cnnviz("init", "missing/mine.yaml").status == 4


def test_shapes_takes_the_same_switches(cnnviz: Invoke) -> None:
    out = cnnviz("shapes", "-c", "kernel_size", "--kernel-size", 24, "--format", "json").out
    assert json.loads(out)["layers"][0]["output_shape"] == [552, 584, 3]


def test_literal_kernels_are_left_and_said(cnnviz: Invoke) -> None:
    outcome = cnnviz("shapes", "-c", "l3", "--input-size", "300x451", "--kernel-size", 9, "--format", "json")
    assert outcome.status == 0
    assert "conv_1" in outcome.err
    assert [layer["params"] for layer in json.loads(outcome.out)["layers"][::3]] == [18, 81 * 2 * 3, 81 * 3]


def test_shapes_in_json_is_the_report_without_what_needs_pixels(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out")
    full = json.loads((tmp_path / "out/photo/report.json").read_text())
    shapes = json.loads(cnnviz("shapes", "-c", "stack.yaml", "--input-size", "16x18", "--format", "json").out)
    assert set(full) - set(shapes) == {"digest", "layout", "page", "weights_sha256"}
    for layer, mine in zip(full["layers"], shapes["layers"], strict=True):
        assert {key: layer[key] for key in mine} == mine
        assert {"stats", "notes", "sheet", "maps"} <= set(layer) - set(mine)


@each("form", ["text", "csv", "markdown", "latex"])
def test_every_form_has_every_layer(cnnviz: Invoke, form: str) -> None:
    out = cnnviz("shapes", "-c", "vgg16", "--format", form).out
    assert out.endswith("\n")
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(out)))
        assert sum(int(row["params"]) for row in rows) == 138_357_544
        assert sum(int(row["macs"]) for row in rows) == 15_470_264_320
    else:
        assert "138,357,544" in out.replace("{,}", ",")
    assert "fc2" in out


def test_shapes_needs_a_size_where_the_stack_leaves_it_open(cnnviz: Invoke) -> None:
    outcome = cnnviz("shapes", "-c", "stack.yaml")
    assert outcome.status == 2
    assert "--input-size 300x451" in outcome.err
    assert cnnviz("shapes", "-c", "stack.yaml", "--input-size", "large").status == 2


def test_version(cnnviz: Invoke) -> None:
    assert cnnviz("--version").out == f"cnnviz {__version__}\n"


@each("command", cli.list_commands(click.Context(cli)))
def test_every_command_has_help_with_an_example(cnnviz: Invoke, command: str) -> None:
    outcome = cnnviz(command, "--help")
    assert outcome.status == 0
    first = outcome.out.partition("\n  Examples:\n")[2].partition("\n\n")[0]
    assert f"cnnviz {command}" in first


def test_the_guide_lists_its_pages_and_shows_one(cnnviz: Invoke) -> None:
    listed = cnnviz("guide").out
    assert all(len(line.split()) > 3 for line in listed.splitlines())
    assert {"layers", "snapshots", "statuses"} <= {line.split()[0] for line in listed.splitlines()}
    page = cnnviz("guide", "snapshots").out
    assert page.startswith("# Snapshots\n\n")
    assert "--max-diff-ratio R" in page
    assert page == cnnviz("guide", "accept").out


def test_an_unknown_topic_names_the_nearest(cnnviz: Invoke) -> None:
    outcome = cnnviz("guide", "layer")
    assert outcome.status == 2
    assert "did you mean `layers`" in outcome.err
    assert "its pages are accept, animate, " in cnnviz("guide", "%").err


@each("name", every_command())
def test_an_option_has_its_own_name_in_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = every_command()[name]
    context = click.Context(command, auto_envvar_prefix=f"CNNVIZ_{name.upper()}")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            called = max(parameter.opts, key=len).strip("-").upper().replace("-", "_")
            monkeypatch.setenv(f"CNNVIZ_{name.upper()}_{called}", "here")
            assert parameter.resolve_envvar_value(context) == "here"
