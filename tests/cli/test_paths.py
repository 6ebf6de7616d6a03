"""Every parameter of every command that takes a path: a URL is never taken for a folder of that name."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from cnnviz.cli._commands import cli, every_command
from cnnviz.cli._types import PathType, SizeType
from tests.helpers.rows import each

PARAMETERS = [(name, parameter) for name, command in every_command().items() for parameter in command.params]


def test_every_text_that_help_calls_a_file_or_a_folder_is_a_path() -> None:
    context = click.Context(cli)
    plain = [(name, p) for name, p in PARAMETERS if isinstance(p.type, click.types.StringParamType)]
    files = re.compile(r"FILE|DIR|FOLDER|PATH|\.[a-z]")
    called = {(name, parameter.name) for name, parameter in plain if files.search(parameter.make_metavar(context))}
    assert not called


@each(
    ("name", "parameter"),
    [pytest.param(n, p, id=f"{n} {p.opts[0]}") for n, p in PARAMETERS if isinstance(p.type, PathType)],
)
def test_what_is_no_path_is_refused(name: str, parameter: click.Parameter, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    needed = []
    for other in every_command()[name].params:
        if other is not parameter and other.required:
            needed += ["here"] if isinstance(other, click.Argument) else [other.opts[0], "here"]
    urls = [] if parameter.type.as_text else ["s3://bucket/x.png", "file:///tmp/x", "memory://x"]
    for text in ["", *urls]:
        given = [text] if isinstance(parameter, click.Argument) else [parameter.opts[0], text]
        outcome = CliRunner().invoke(cli, [name, *given, *needed])
        assert outcome.exit_code == 2, outcome.output
        assert (text or "the path is empty") in outcome.output
    assert not list(tmp_path.iterdir())


@each("size", ["-5G", "0", "-1", "nan", "inf", "0.1"])
def test_a_size_is_at_least_a_byte(size: str) -> None:
    with pytest.raises(click.BadParameter):
        SizeType().convert(size, None, None)
