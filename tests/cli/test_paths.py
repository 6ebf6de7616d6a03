"""Every parameter of every command that takes a path: a URL is never taken for a folder of that name."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from cnnviz.cli._commands import cli
from cnnviz.cli._types import PathType, SizeType

CONTEXT = click.Context(cli)
PARAMETERS = [
    (name, parameter)
    for name in cli.list_commands(CONTEXT)
    for parameter in cli.get_command(CONTEXT, name).params  # type: ignore[union-attr]
]
NO_PATH = {
    "activations",
    "colormap",
    "initializers",
    "kernel_sizes",
    "layer",
    "layers",
    "name",
    "scale_by",
    "scheduler",
    "topic",
}
NO_PATH |= {"seeds", "settings"}
"""Text that is no path."""

INPUTS = {"image", "inputs", "watch", "config"}
"""Pictures, which may lie behind a URL; and the stack, which is a file or the name of a bundled one."""


def test_every_text_is_known_to_be_a_path_or_none() -> None:
    plain = {(name, p.name) for name, p in PARAMETERS if isinstance(p.type, click.types.StringParamType)}
    assert {pair for pair in plain if pair[1] not in NO_PATH | INPUTS} == {("run", "output"), ("sweep", "output")}


@pytest.mark.parametrize(
    ("name", "parameter"),
    [pytest.param(n, p, id=f"{n} {p.opts[0]}") for n, p in PARAMETERS if isinstance(p.type, PathType)],
)
@pytest.mark.parametrize("url", ["s3://bucket/x.png", "file:///tmp/x", "memory://x"])
def test_a_url_is_refused(name: str, parameter: click.Parameter, url: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = [url] if isinstance(parameter, click.Argument) else [parameter.opts[0], url]
    needed = []
    for other in cli.get_command(CONTEXT, name).params:  # type: ignore[union-attr]
        if other is not parameter and other.required:
            needed += ["here"] if isinstance(other, click.Argument) else [other.opts[0], "here"]
    outcome = CliRunner().invoke(cli, [name, *given, *needed])
    assert outcome.exit_code == 2, outcome.output
    assert url in outcome.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", ["-5G", "0", "-1", "nan", "inf", "0.1"])
def test_a_size_is_at_least_a_byte(size: str) -> None:
    with pytest.raises(click.BadParameter):
        SizeType().convert(size, None, None)
