"""`cnnviz index`: the overview page of an output folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.cli._declaring import argument, define
from cnnviz.cli._opening import open_in_browser, open_option
from cnnviz.cli._options import quiet_option
from cnnviz.cli._types import PathType

if TYPE_CHECKING:
    from pathlib import Path


@define(section="Compare", place=3)
@argument("folder", metavar="DIR", type=PathType())
@open_option("the page")
@quiet_option("Print the path of the page alone; twice: nothing but errors.")
def command(folder: Path, open_page: bool, quiet: int) -> None:
    """Write DIR/index.html, an overview of the images that cnnviz has put into DIR and the folders below it.

    A run over several images writes it at its end; this is for outputs that a shell loop gathered. The
    page shows each image with its notes, what failed, and what is not complete. Images are linked, so keep it in DIR.

    \b
    Examples:
      cnnviz index out
      for f in *.jpg; do cnnviz run "$f" -c l3 -o out; done; cnnviz index out
    """  # noqa: D301
    from cnnviz.cli._messages import print_paths, say
    from cnnviz.outputs.names import PAGE
    from cnnviz.workflows.index import write_index

    overview = write_index(folder)
    if quiet < 2:
        print_paths(folder / PAGE)
    if not quiet:
        say(f"{overview.images} complete, {overview.failed.count} failed, {overview.incomplete.count} incomplete")
    if open_page:
        open_in_browser(folder / PAGE)
