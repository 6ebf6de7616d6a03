"""`cnnviz init`: a commented file to start from."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite a file that exists.")
def command(file: Path, force: bool) -> None:
    r"""Write a commented layer stack to start from into FILE.

    \b
    Examples:
      cnnviz init mystack.yaml
      cnnviz init mystack.yaml && cnnviz run sample:chelsea --config mystack.yaml
    """
    from cnnviz.workflows.init import init

    init(file, force)
    click.echo(file)
