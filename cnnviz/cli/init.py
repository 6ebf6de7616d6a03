"""`cnnviz init`: a commented file to start from."""

from __future__ import annotations

import click


@click.command("init")
@click.argument("file", type=click.Path())
@click.option("--force", is_flag=True, help="Overwrite a file that exists.")
def command(file: str, force: bool) -> None:
    """Write a commented layer stack to start from into FILE.

    \b
    Examples:
      cnnviz init mystack.yaml
      cnnviz init mystack.yaml && cnnviz run sample:chelsea --config mystack.yaml
    """  # noqa: D301
    from pathlib import Path

    from cnnviz.workflows.init import init

    init(Path(file), force)
    click.echo(file)
