"""`cnnviz init`: a commented file to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._types import PathType

if TYPE_CHECKING:
    from pathlib import Path


@define(section="Set up", place=1)
@argument("file", type=PathType())
@option("--force", is_flag=True, help="Overwrite a file that exists.")
def command(file: Path, force: bool) -> None:
    """Write a commented layer stack to start from into FILE.

    \b
    Examples:
      cnnviz init mystack.yaml
      cnnviz run sample:chelsea --config mystack.yaml
    """  # noqa: D301
    from cnnviz.cli._messages import print_text
    from cnnviz.io.files import show_path
    from cnnviz.workflows.init import init

    init(file, force)
    print_text(show_path(file))
