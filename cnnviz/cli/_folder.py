"""How commands that write a folder of their own begin and end: where it lies, what is said of it, what is opened."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cnnviz.cli._declaring import option, options
from cnnviz.cli._opening import open_in_browser, open_option
from cnnviz.cli._options import Declaration, json_option, quiet_option
from cnnviz.cli._types import PathType

if TYPE_CHECKING:
    from cnnviz.io.files import AnyPath
    from cnnviz.outputs.reported import Written

R = TypeVar("R")


def output_option(command: str) -> Declaration:
    """Declare the option for the output folder of a command."""
    return option(
        "-o",
        "--output",
        type=PathType(as_text=True),
        metavar="DIR",
        show_default=f"cnnviz-out/STACK-{command}",
        help="The output folder, made with its parents, or a URL; what the command wrote there before is replaced.",
    )


def ending_options(look_at: str) -> Declaration:
    """Declare the options for what is said and opened at the end: fields of `Ending`.

    Args:
        look_at: What of the folder is looked at first, such as `page`.
    """
    return options(
        open_option(f"the {look_at}"),
        json_option,
        quiet_option(f"Print the path of the {look_at} alone; twice: nothing but errors."),
    )


class Ending(NamedTuple):
    """What is said and opened at the end.

    Attributes:
        open_page: Whether to open in the browser what is looked at first.
        as_json: Whether the report is printed as JSON.
        quiet: How often a user asked for less: once for paths alone, twice for nothing. Neither has a bar.
    """

    open_page: bool
    as_json: bool
    quiet: int

    @contextmanager
    def progress(self, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        """Show a bar while the work goes on, on a terminal; the block tells it how much is done.

        Args:
            total: How much there is to do.
            unit: Of what.
        """
        from cnnviz.cli._messages import progress_bar

        bar = progress_bar(total, unit, leave=False) if sys.stderr.isatty() and not self.quiet else None
        try:
            yield lambda done: None if bar is None else bar.update(done - bar.n)
        finally:
            if bar is not None:
                bar.close()

    def tell(
        self,
        found: Written[R],
        to_text: Callable[[R], str],
        look_at: str,
        others: Iterable[AnyPath | None] = (),
        warnings: Iterable[str] = (),
    ) -> None:
        """Say what was found and written.

        Args:
            found: What was found and written.
            to_text: Writes the report as text.
            look_at: The file of the folder to look at first.
            others: Other files that were written; None for what was not asked for.
            warnings: What failed.
        """
        from cnnviz.cli._messages import print_json, print_paths, print_text, say, say_warning
        from cnnviz.render.report.json import to_json

        place = str(found.output / look_at)
        if self.quiet < 2:
            for remark in found.remarks:
                say(remark)
            for warning in warnings:
                say_warning(warning)
        if self.as_json:
            print_json(to_json(found.report))
        elif not self.quiet:
            print_text(to_text(found.report))
        if not self.as_json and self.quiet < 2:
            print_paths(place, *others)
        if self.open_page:
            open_in_browser(place)
