"""The commands: one file each, found by scanning this folder and loaded when it is called."""

from __future__ import annotations

import importlib
import os

import click

from cnnviz import __version__
from cnnviz.cli._declaring import SECTIONS, Command
from cnnviz.io.docstrings import docstring


class _CommandFolder(click.Group):
    """A group whose commands are the modules of this package, `command` in each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        # Not importlib.resources or pathlib: they would cost a quarter of `cnnviz --help`.
        names = os.listdir(os.path.dirname(__file__))  # noqa: PTH208, PTH120
        return sorted(name.removesuffix(".py") for name in names if name.endswith(".py") and name[0] != "_")

    def get_command(self, ctx: click.Context, cmd_name: str) -> Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: Command = importlib.import_module(f"{__package__}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = every_command()
        width = max(map(len, found))
        for section in SECTIONS:
            rows = [
                (name.ljust(width), command.summary()) for name, command in found.items() if command.section == section
            ]
            with formatter.section(section):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            # click knows only commands that are loaded, for its "did you mean".
            raise click.NoSuchCommand(error.command_name, possibilities=self.list_commands(ctx), ctx=ctx) from None


@click.group(
    cls=_CommandFolder,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CNNVIZ",
        "max_content_width": 100,
    },
)
@click.version_option(__version__, "-V", "--version", prog_name="cnnviz", message="%(prog)s %(version)s")
def cli() -> None:
    """See what a convolutional network does to a picture, layer by layer, in pure NumPy.

    \b
    Examples:
      cnnviz run photo.jpg --config l3
      cnnviz shapes --config vgg16
      cnnviz guide
    """  # noqa: D301


if cli.help is None:  # `python -OO` drops docstrings
    cli.help = docstring(cli.callback)


def every_command() -> dict[str, Command]:
    """Load all commands, by name in the order of `cnnviz --help`."""
    context = click.Context(cli)
    loaded = (cli.get_command(context, name) for name in cli.list_commands(context))
    found = sorted((c for c in loaded if isinstance(c, Command)), key=lambda c: (SECTIONS.index(c.section), c.place))
    return {str(command.name): command for command in found}
