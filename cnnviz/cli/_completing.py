"""What a shell offers for the value of an option or an argument, by its name: names that are known, and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cnnviz.io.samples import Kind

Names = Callable[[click.Context], Iterable[str]]


def offered(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem[str]] | None:
    """Offer what a value may be; None for what its type offers.

    Args:
        context: What has been typed so far.
        parameter: The option or argument.
        begun: How the value begins.
    """
    found = next((_OFFERED[name] for name in parameter.opts if name in _OFFERED), None)
    if found is None:
        return None
    from click.shell_completion import CompletionItem

    names, also_files = found
    items: list[CompletionItem[str]] = []
    with suppress(Exception):  # what is wrong is said when the command runs
        items = [CompletionItem(name) for name in names(context) if name.startswith(begun)]
    from cnnviz.io.samples import is_sample

    return [*items, *(files(begun) if also_files and not is_sample(begun) else [])]


def files(begun: str) -> list[CompletionItem[str]]:
    """Offer the files and folders that there are."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="file")]


def _stacks(_: click.Context) -> Iterable[str]:
    from cnnviz.config.bundled import bundled_stacks

    return bundled_stacks()


def _pages(_: click.Context) -> Iterable[str]:
    from cnnviz.workflows.guide import topics

    return topics()


def _layers(context: click.Context) -> Iterable[str]:
    """Name the layers of the stack that the command line has so far."""
    from cnnviz.config.load import load_stack

    return [layer.name for layer in load_stack(context.params["config"]).layers]


def _samples(kind: Kind) -> Names:
    def names(_: click.Context) -> Iterable[str]:
        from cnnviz.io.samples import SAMPLE, sample_names

        return [SAMPLE + name for name in sample_names(kind)]

    return names


_OFFERED: dict[str, tuple[Names, bool]] = {
    "--check": (_samples("picture"), True),
    "--config": (_stacks, True),
    "--data": (_samples("data set"), True),
    "--from": (_samples("picture"), True),
    "--layer": (_layers, False),
    "--test-data": (_samples("data set"), True),
    "--until": (_layers, False),
    "--validation-data": (_samples("data set"), True),
    "--watch": (_samples("picture"), True),
    "--weights": (_samples("weights"), True),
    "image": (_samples("picture"), True),
    "images": (_samples("picture"), True),
    "inputs": (_samples("picture"), True),
    "name": (_stacks, False),
    "topic": (_pages, False),
}
"""Names, and whether files may stand there, too."""
